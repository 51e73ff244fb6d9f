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
  readonly #confirming = new Map<Hosted, Promise<void>>();
  readonly #unreleased = new Set<Hosted>();

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
    void this.#release(hosted);
  }

  /** Tries again what Redis has not answered yet. */
  tryRest(): void {
    for (const hosted of this.#unconfirmed) void this.#confirm(hosted);
    for (const hosted of this.#unreleased) void this.#release(hosted);
  }

  async #release(hosted: Hosted): Promise<void> {
    this.#unreleased.add(hosted);
    // A confirmation under way would write the pin again.
    await this.#confirming.get(hosted);
    try {
      await release(this.#redis, this.#keys, hosted.id, hosted.pin);
      this.#unreleased.delete(hosted);
    } catch (error) {
      this.#log.warn(
        { session: hosted.id, err: (error as Error).message },
        'could not release a pin; trying again',
      );
    }
  }

  #confirm(hosted: Hosted): Promise<void> {
    const confirming = this.#confirmNow(hosted).finally(() => this.#confirming.delete(hosted));
    this.#confirming.set(hosted, confirming);
    return confirming;
  }

  /** A pin that says somebody else is proof that the session is not ours; silence of Redis proves nothing. */
  async #confirmNow(hosted: Hosted): Promise<void> {
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
