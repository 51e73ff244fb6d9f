import { Generations } from './journal/generations.ts';
import type { JournalEntry } from './journal/journal-entry.ts';

/** What a caller's way back to this session brings: the token's generation, the last message it has, its connection. */
export interface Return {
  generation: number;
  seq: number;
  connection: string;
}

/** The client connection of a session: what came over it, and the tokens with which the caller may come over another. */
export class ClientConnection {
  #id: string;
  #generations = new Generations();
  /** A frame came over it: the token it handed out has arrived. */
  #isConfirmed = false;
  /** The last client frame that came over it, and over the one before whose token is good still. */
  #received = 0;
  #receivedBefore = { generation: 0, frames: 0 };

  constructor(id: string) {
    this.#id = id;
  }

  get id(): string {
    return this.#id;
  }

  /** For the journal. */
  get state(): Pick<JournalEntry, 'connection' | 'generation' | 'oldestGeneration'> {
    const { newest: generation, oldestGood: oldestGeneration } = this.#generations;
    return { connection: this.#id, generation, oldestGeneration };
  }

  /** Goes on with what another worker has written. @param received the last frame that had arrived there */
  restore({ generation, oldestGeneration }: JournalEntry, received: number): void {
    this.#generations = new Generations(generation, oldestGeneration);
    this.#received = received;
  }

  accepts(generation: number): boolean {
    return this.#generations.accepts(generation);
  }

  /** @param used the generation it came with; 0: none @returns the one it hands out */
  greet(used = 0): number {
    return this.#generations.connected(used);
  }

  /** It is reached another way from now on; whether its client has the token shows anew. */
  rerouted(): void {
    this.#isConfirmed = false;
  }

  arrived(frame: number): void {
    this.#received = Math.max(this.#received, frame);
  }

  /** The client has the token. @returns whether that is new */
  confirm(): boolean {
    if (this.#isConfirmed) return false;
    this.#isConfirmed = true;
    this.#generations.confirmed();
    return true;
  }

  /** The caller comes over another connection. @returns frames that had come over the one which handed out that token */
  replace({ generation, connection }: Return): number {
    this.#id = connection;
    const received = this.#receivedOver(generation);
    this.#receivedBefore = { generation, frames: received };
    this.#received = 0;
    return received;
  }

  /** A connection that was replaced unheard brought none. */
  #receivedOver(generation: number): number {
    if (generation === this.#generations.newest) return this.#received;
    return generation === this.#receivedBefore.generation ? this.#receivedBefore.frames : 0;
  }
}
