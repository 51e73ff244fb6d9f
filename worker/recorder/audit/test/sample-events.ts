import { genesis, sealEvent } from '@vjj/shared/evidence/event.ts';
import type { EventType, PayloadOf, PersonalFields } from '@vjj/shared/evidence/event-types.ts';
import { SealingStream } from '@vjj/shared/evidence/sealing-stream.ts';

/** A chain that grows; lines as a worker writes them. */
export class SampleChain {
  readonly identity: { session: string; tenant: string; user: string; agent: string; epoch: number };
  readonly key: Buffer;
  readonly #stream: SealingStream;
  #seq = 0;
  #atMs: number;
  #prev: string;

  constructor(
    session: string,
    {
      epoch = Date.UTC(2026, 0, 1),
      tenant = 'default',
      user = 'p_anna',
      atMs = Date.UTC(2026, 0, 1),
      key = Buffer.alloc(32, 7),
    } = {},
  ) {
    this.identity = { session, tenant, user, agent: 'default', epoch };
    this.key = key;
    this.#stream = new SealingStream(key);
    this.#atMs = atMs;
    this.#prev = genesis(session, epoch);
  }

  /** The newest event's. */
  get head(): { seq: number; hash: string } {
    return { seq: this.#seq - 1, hash: this.#prev };
  }

  add<T extends EventType>(type: T, payload: PayloadOf<T>, personal?: PersonalFields): string {
    const { line, hash } = sealEvent({
      chain: this.identity,
      seq: this.#seq++,
      atMs: this.#atMs++,
      type,
      payload,
      words: personal && { personal, stream: this.#stream },
      prev: this.#prev,
    });
    this.#prev = hash;
    return line;
  }

  said(text: string): string {
    const payload = { turn: this.#seq, source: 'spoken' as const, characters: text.length };
    return this.add('user.transcript', payload, { text });
  }

  lines(count: number): string[] {
    return Array.from({ length: count }, () => this.said(`Grüße ${this.#seq}`));
  }

  ended(): string {
    return this.add('session.ended', { reason: 'caller', durationMs: 1000 });
  }
}
