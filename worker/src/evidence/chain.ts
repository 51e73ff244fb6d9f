import { type ChainIdentity, genesis, sealEvent } from '@vjj/shared/evidence/event.ts';
import type { EventType, PayloadOf, PersonalFields } from '@vjj/shared/evidence/event-types.ts';
import { SealingStream } from '@vjj/shared/evidence/sealing-stream.ts';

/** The events of one (session, epoch), each linked to the one before. */
export class Chain {
  readonly identity: ChainIdentity;
  readonly #stream: SealingStream;
  #seq = 0;
  #prev: string;

  /** @param key of the personal fields, 32 bytes, of this chain only */
  constructor(identity: ChainIdentity, key: Buffer) {
    this.identity = identity;
    this.#stream = new SealingStream(key);
    this.#prev = genesis(identity.session, identity.epoch);
  }

  /** The last event; undefined while there is none. Another worker that takes the call names it. */
  get head(): { seq: number; hash: string } | undefined {
    return this.#seq === 0 ? undefined : { seq: this.#seq - 1, hash: this.#prev };
  }

  /** The line of the next event, without a line break. */
  next<T extends EventType>(type: T, payload: PayloadOf<T>, personal?: PersonalFields): string {
    const { line, hash } = sealEvent({
      chain: this.identity,
      seq: this.#seq,
      atMs: Date.now(),
      type,
      payload,
      words: personal && { personal, stream: this.#stream },
      prev: this.#prev,
    });
    this.#seq++;
    this.#prev = hash;
    return line;
  }
}
