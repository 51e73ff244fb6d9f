import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { type Claimed, claim, type Pin, release } from '@vjj/shared/control/pins.ts';
import { VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import type { Redis } from 'ioredis';
import type { Caller } from './caller.ts';
import type { Workers } from './workers.ts';

/** So many callers are brought to other workers at once, so that one death does not topple the next worker. */
const maxAtOnce = 64;
/** A worker that has not taken a caller in by then is not waited for by the others. */
const acceptLimitMs = 2000;
/** A worker that lives takes a link at once; it is not waited for longer when there are others. */
const againLimitMs = 500;
/** Where a worker was not found it is not looked for again so soon: each of its callers would wait for that. */
const notFoundMs = 2000;
const mostNotFound = 1000;
const firstRetryMs = 50;
const slowestRetryMs = 1000;

const takeovers = counter('vjj_takeovers_total', 'callers brought to another worker, by outcome', [
  'outcome',
]);

export interface TakeoverOptions {
  /** How long a caller waits for another worker (`RESUME_GRACE_MS`). */
  graceMs: number;
  /** After so long every living worker has written its pins again, should Redis have lost them. */
  adoptMs: number;
}

/**
 * Brings callers whose link is gone back to their worker, should that live, and else to another one. Their connections
 * stay open, and what they send is kept.
 */
export class Takeovers {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #workers: Workers;
  readonly #log: Logger;
  readonly #options: TakeoverOptions;
  readonly #waiting: Caller[] = [];
  /** Workers by their ids. */
  readonly #notFoundUntil = new Map<string, number>();
  #running = 0;

  constructor(redis: Redis, keys: Keys, workers: Workers, log: Logger, options: TakeoverOptions) {
    this.#redis = redis;
    this.#keys = keys;
    this.#workers = workers;
    this.#log = log;
    this.#options = options;
  }

  add(caller: Caller): void {
    this.#waiting.push(caller);
    this.#next();
  }

  #next(): void {
    while (this.#running < maxAtOnce) {
      const caller = this.#waiting.shift();
      if (caller === undefined) return;
      this.#running++;
      void this.#bring(caller).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  async #bring(caller: Caller): Promise<void> {
    const { graceMs, adoptMs } = this.#options;
    const { session } = caller;
    let dead: Pin = caller.pin;
    let isLeft = caller.wasLeft;
    let retryMs = firstRetryMs;
    let missingSinceMs: number | undefined;
    /** It has that worker by now, which knows nothing of it. */
    let untold: Pin | undefined;
    let { mayReturn } = caller;
    while (!caller.isOver) {
      try {
        if (mayReturn && (await this.#reachAgain(caller))) return;
        mayReturn = false;
        const now = monotonicMs();
        const isOrphan = missingSinceMs !== undefined && now - missingSinceMs >= adoptMs;
        const pin = await claim(this.#redis, this.#keys, session, {
          dead,
          as: isOrphan ? 'orphan' : isLeft ? 'left' : 'again',
        });
        if (pin === 'no_pin') missingSinceMs ??= now;
        else if (pin === 'no_worker' && !isLeft) {
          // There is none but its own, which may only have been too busy to answer, and may have another id by now.
          if (await (untold === undefined ? this.#reachAgain(caller) : this.#reach(caller, untold))) return;
        } else if (typeof pin !== 'string') {
          untold = pin;
          const isReached = await this.#reach(caller, pin);
          if (isReached) return;
          dead = pin;
          isLeft = false;
          continue;
        }
      } catch (error) {
        this.#log.warn({ session, err: (error as Error).message }, 'no other worker found yet');
      }
      if (caller.withoutWorkerMs > graceMs) {
        takeovers.inc({ outcome: 'failed' });
        caller.end('WORKER_LOST');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs * (0.5 + Math.random() / 2)));
      retryMs = Math.min(slowestRetryMs, retryMs * 2);
    }
    if (untold !== undefined && caller.isGoneForGood) this.#release(session, untold);
  }

  /**
   * Back to the worker it had, should that live.
   * @returns false: it cannot be found, or the caller is gone
   * @throws {VjjError} REDIS_AWAY
   */
  async #reachAgain(caller: Caller): Promise<boolean> {
    const { owner } = caller.pin;
    if (monotonicMs() < (this.#notFoundUntil.get(owner) ?? 0)) return false;
    if (await this.#reach(caller, caller.pin, true)) return true;
    if (!caller.isOver) {
      if (this.#notFoundUntil.size >= mostNotFound) this.#notFoundUntil.clear();
      this.#notFoundUntil.set(owner, monotonicMs() + notFoundMs);
    }
    return false;
  }

  /** Nobody will come back to that session, and no worker would end it. */
  #release(session: string, pin: Pin): void {
    release(this.#redis, this.#keys, session, pin).catch((error: Error) =>
      this.#log.debug({ session, err: error.message }, 'a pin is left to run out'),
    );
  }

  /** @returns false: that worker is gone too, or the caller is */
  async #reach(
    caller: Caller,
    { owner, epoch, waitingSince }: Pin & Partial<Claimed>,
    again = false,
  ): Promise<boolean> {
    try {
      const linking = this.#workers.linkTo(owner);
      const link = again ? await within(againLimitMs, linking) : await linking;
      if (caller.isOver || link.isClosed) return false;
      const taken = caller.goOver(link, { owner, epoch, waitingSince }, again);
      await Promise.race([taken, new Promise((resolve) => setTimeout(resolve, acceptLimitMs).unref())]);
      takeovers.inc({ outcome: again ? 'returned' : 'reached' });
      return true;
    } catch (error) {
      // That Redis does not say where the worker is says nothing of the worker.
      if (error instanceof VjjError && error.id === 'REDIS_AWAY') throw error;
      return false;
    }
  }
}

/** @throws {VjjError} WORKER_LOST: it took longer */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new VjjError('WORKER_LOST', 'no link in time')), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
