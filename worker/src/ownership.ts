import type { Keys } from '@vjj/shared/control/keys.ts';
import { confirm, release } from '@vjj/shared/control/pins.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import type { Hosted } from './host.ts';

/** Keeps the pins of this worker's sessions true: confirmed when they open, released when they end. */
export class Ownership {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #log: Logger;
  readonly #unconfirmed = new Set<Hosted>();

  constructor(redis: Redis, keys: Keys, log: Logger) {
    this.#redis = redis;
    this.#keys = keys;
    this.#log = log;
  }

  opened(hosted: Hosted): void {
    this.#unconfirmed.add(hosted);
    void this.#confirm(hosted);
  }

  closed(hosted: Hosted): void {
    this.#unconfirmed.delete(hosted);
    release(this.#redis, this.#keys, hosted.id, hosted.pin).catch((error: Error) =>
      this.#log.warn({ session: hosted.id, err: error.message }, 'could not release a pin; it will run out'),
    );
  }

  /** Tries again what Redis has not answered yet. */
  confirmRest(): void {
    for (const hosted of this.#unconfirmed) void this.#confirm(hosted);
  }

  /** A pin that says somebody else is proof that the session is not ours; silence of Redis proves nothing. */
  async #confirm(hosted: Hosted): Promise<void> {
    const { id, pin, session } = hosted;
    try {
      const isOurs = await confirm(this.#redis, this.#keys, id, pin);
      if (!this.#unconfirmed.delete(hosted) || isOurs) return;
      this.#log.warn({ session: id, epoch: pin.epoch }, 'a session belongs to another worker; letting it go');
      session.fail('WORKER_LOST');
    } catch (error) {
      this.#log.warn({ session: id, err: (error as Error).message }, 'could not confirm a pin; trying again');
    }
  }
}
