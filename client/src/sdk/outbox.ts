import { bytesPerMs } from '@vjj/shared/protocol/messages.ts';

/**
 * Speech kept while the connection is away, ms. Sent at once on return beside live speech it must stay
 * under the server's limit of twice real time over ten seconds.
 */
const keptAudioMs = 8_000;
/** Kept speech is sent in pieces of this size, so that the return does not meet the limit on frames. */
const pieceMs = 200;

/** What the caller said and did while the connection was away, in order. */
export class Outbox {
  #items: (string | Uint8Array)[] = [];
  #audioBytes = 0;

  /** Keeps a text message. */
  addText(message: string): void {
    this.#items.push(message);
  }

  /** Keeps audio (copied); past eight seconds the oldest audio is lost. */
  addAudio(pcm: Uint8Array): void {
    const last = this.#items.at(-1);
    if (last instanceof Uint8Array && last.byteLength + pcm.byteLength <= pieceMs * bytesPerMs) {
      const joined = new Uint8Array(last.byteLength + pcm.byteLength);
      joined.set(last);
      joined.set(pcm, last.byteLength);
      this.#items[this.#items.length - 1] = joined;
    } else {
      this.#items.push(pcm.slice());
    }
    this.#audioBytes += pcm.byteLength;
    while (this.#audioBytes > keptAudioMs * bytesPerMs) this.#dropOldestAudio();
  }

  /** Everything kept, which is then forgotten: text messages and PCM. */
  take(): (string | Uint8Array)[] {
    const items = this.#items;
    this.clear();
    return items;
  }

  get texts(): string[] {
    return this.#items.filter((item) => typeof item === 'string');
  }

  clear(): void {
    this.#items = [];
    this.#audioBytes = 0;
  }

  #dropOldestAudio(): void {
    const at = this.#items.findIndex((item) => item instanceof Uint8Array);
    const [dropped] = this.#items.splice(at, 1);
    this.#audioBytes -= (dropped as Uint8Array).byteLength;
  }
}
