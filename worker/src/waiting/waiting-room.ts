import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { type Turn, takeTurns } from '@vjj/shared/control/waiting.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter, gauge, longSeconds } from '@vjj/shared/metrics.ts';
import type { Redis } from 'ioredis';
import type { Hosted } from '../calls.ts';
import { waitMs } from './estimate.ts';

/** How soon a place that became free is noticed. */
const beatMs = 250;

const waitingCalls = gauge('vjj_waiting_calls', 'calls of this worker that wait for a place');
const waitedSeconds = longSeconds('vjj_waited_seconds', 'how long calls waited on this worker for a place');
const left = counter('vjj_waiting_left_total', 'calls that wait no more, by outcome', ['outcome']);

export interface WaitingRoomOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  /** The worker's id at this moment; undefined while it has none. */
  workerId: () => string | undefined;
  /** How long calls of this worker last. */
  meanCallMs: () => number;
  /** It has a place here. */
  onPlaced: (hosted: Hosted) => void;
  /** It is another worker's, perhaps because that one has a place. */
  onElsewhere: (hosted: Hosted) => void;
  /** Redis has forgotten whose the session is. */
  onForgotten: (hosted: Hosted) => void;
}

/** The calls of this worker that wait for a place, anywhere in the fleet. While there are none it costs nothing. */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  /** With when each came, by Redis' clock in µs, and by ours. */
  readonly #calls = new Map<Hosted, { since: number; sinceMs: number }>();
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#calls.size;
  }

  has(hosted: Hosted): boolean {
    return this.#calls.has(hosted);
  }

  /** @param since when it came, µs of Redis' clock */
  add(hosted: Hosted, since: number): void {
    this.#calls.set(hosted, { since, sinceMs: monotonicMs() });
    waitingCalls.set(this.size);
    this.#timer ??= setInterval(() => void this.#ask(), beatMs);
    // Whoever opened it is not done yet.
    setImmediate(() => void this.#ask());
  }

  /** It is over, for whatever reason. */
  remove(hosted: Hosted): void {
    this.#leave(hosted, 'left');
  }

  #leave(hosted: Hosted, outcome: 'placed' | 'elsewhere' | 'left'): void {
    const call = this.#calls.get(hosted);
    if (call === undefined) return;
    this.#calls.delete(hosted);
    waitingCalls.set(this.size);
    left.inc({ outcome });
    if (outcome === 'placed') waitedSeconds.observe((monotonicMs() - call.sinceMs) / 1000);
    if (this.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    const { redis, keys, log, workerId } = this.#options;
    const worker = workerId();
    if (this.#isAsking || worker === undefined || redis.status !== 'ready') return;
    // Under an id it had before it is being adopted, and asked for then.
    const calls = [...this.#calls]
      .filter(([{ pin }]) => pin.owner === worker)
      .sort(([, one], [, other]) => one.since - other.since);
    if (calls.length === 0) return;
    this.#isAsking = true;
    try {
      const asked = calls.map(([{ id, pin }, { since }]) => ({ session: id, pin, since }));
      const { sessions, turns } = await takeTurns(redis, keys, worker, asked);
      for (const [i, [hosted]] of calls.entries()) this.#tell(hosted, turns[i] ?? 'no_pin', sessions);
    } catch (error) {
      log.warn({ err: (error as Error).message }, 'could not ask for places for waiting calls; trying again');
    } finally {
      this.#isAsking = false;
    }
  }

  #tell(hosted: Hosted, turn: Turn, sessions: number): void {
    const { meanCallMs, onElsewhere, onForgotten, onPlaced } = this.#options;
    if (!this.#calls.has(hosted)) return; // it left meanwhile; its end gives the place back
    if (turn === 'no_pin') onForgotten(hosted);
    else if (turn === 'placed') {
      this.#leave(hosted, 'placed');
      onPlaced(hosted);
    } else if (turn === 'elsewhere') {
      this.#leave(hosted, 'elsewhere');
      onElsewhere(hosted);
    } else hosted.session.waitsAt(turn, waitMs(turn, sessions, meanCallMs()));
  }
}
