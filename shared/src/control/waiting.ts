import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { type Pin, reservationMs, waitingKeptMs } from './pins.ts';
import { Script } from './script.ts';

const script = new Script('take-turns');

export interface WaitingCall {
  session: string;
  pin: Pin;
  /** When it came, µs of Redis' clock. */
  since: number;
}

/**
 * `placed`: it has a place here now; `elsewhere`: the pin says somebody else, who may be the one with a place for it;
 * `no_pin`: Redis has forgotten it; or its position among all calls that wait, from 1.
 */
export type Turn = 'placed' | 'elsewhere' | 'no_pin' | number;

/**
 * Asks for the turn of a worker's waiting calls; who comes first is served first, across the fleet.
 * @param calls pinned to `worker`, those who came first at first
 * @returns the turn of each, and how many calls of the fleet have a place
 * @throws when Redis does not answer in time
 */
export async function takeTurns(
  redis: Redis,
  keys: Keys,
  worker: string,
  calls: readonly WaitingCall[],
): Promise<{ sessions: number; turns: Turn[] }> {
  const [sessions = 0, ...turns] = (await script.run(
    redis,
    [
      keys.waiting,
      keys.waitingSeen,
      keys.workers,
      keys.free,
      keys.reservedPrefix,
      keys.pinPrefix,
      keys.recordPrefix,
    ],
    [
      worker,
      reservationMs,
      waitingKeptMs,
      ...calls.flatMap(({ session, pin, since }) => [session, pin.epoch, since]),
    ],
  )) as number[];
  return { sessions, turns: turns.map(turnOf) };
}

function turnOf(result: number): Turn {
  if (result === 0) return 'placed';
  if (result === -1) return 'elsewhere';
  return result === -2 ? 'no_pin' : result;
}
