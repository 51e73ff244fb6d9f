import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { Script } from './script.ts';

const claimScript = new Script('claim');
const confirmScript = new Script('confirm');
const releaseScript = new Script('release');
const adoptScript = new Script('adopt');

/** Between the claim of a session and its opening on the worker; a gateway that dies in between holds a slot this long. */
export const reservationMs = 10_000;
/** A pin outlives any call; the pins of sessions nobody released vanish after this. */
const pinLifetimeMs = 24 * 3600 * 1000;

/** An event loop that was at work for more of the time than that may not have come to look at an answer. */
const busyShare = 0.8;

/** Who owns a session: the worker incarnation and the epoch at which it took it. */
export interface Pin {
  owner: string;
  epoch: number;
}

/** How long a waiting call keeps its place in the queue while no worker asks for its turn. */
export const waitingKeptMs = 10_000;

export interface Claimed extends Pin {
  /** This claim took it. */
  taken: boolean;
  /** It has no place yet: when it came, in µs, which is its place in the queue. */
  waitingSince?: number | undefined;
}

/** `no_room`: nor may more calls wait. */
export type Claim = Claimed | 'no_worker' | 'no_room' | 'no_pin';

export interface ClaimOptions {
  /** An owner this gateway has lost; if it still is the owner, another one takes the session. */
  dead?: Pin | undefined;
  /**
   * `new`: a call that begins. `again`: one that exists; without a pin its owner is given time to write it again.
   * `orphan`: one that exists, and whose owner had that time. `left`: one whose owner lives, has left it, and may be
   * given it once more.
   */
  as?: 'new' | 'again' | 'orphan' | 'left';
  /** How many calls of the fleet may wait for a place. */
  waitingRoom?: number;
}

/**
 * The worker that owns a session, taking it for the least loaded one if nobody does.
 * @throws when Redis does not answer in time
 */
export async function claim(
  redis: Redis,
  keys: Keys,
  session: string,
  { dead, as = 'new', waitingRoom = 0 }: ClaimOptions = {},
): Promise<Claim> {
  const result = await askedAgainIfBusy(() =>
    claimScript.run(
      redis,
      [keys.pin(session), keys.workers, keys.free, keys.reservedPrefix, keys.waiting, keys.waitingSeen],
      [session, reservationMs, dead?.owner ?? '', dead?.epoch ?? '', as, waitingRoom, waitingKeptMs],
    ),
  );
  if (result === -1) return 'no_worker';
  if (result === -2) return 'no_room';
  if (result === -3) return 'no_pin';
  const [owner, epoch, taken, arrival] = result as [string, string, number, string];
  return {
    owner,
    epoch: Number(epoch),
    taken: taken === 1,
    waitingSince: arrival === '' ? undefined : Number(arrival),
  };
}

/** The worker says that it has opened the session; false: it is not the owner (any more). */
export async function confirm(redis: Redis, keys: Keys, session: string, pin: Pin): Promise<boolean> {
  const result = await confirmScript.run(
    redis,
    [keys.pin(session), keys.reservedPrefix + pin.owner],
    [session, pin.owner, pin.epoch, pinLifetimeMs],
  );
  return result === 1;
}

/**
 * A worker takes its own session back, under the id it has now.
 * @returns the pin from now on; undefined: somebody else owns the session
 */
export async function adopt(
  redis: Redis,
  keys: Keys,
  session: string,
  before: Pin,
  owner: string,
): Promise<Pin | undefined> {
  const result = await adoptScript.run(
    redis,
    [keys.pin(session)],
    [before.owner, before.epoch, owner, pinLifetimeMs],
  );
  return result === 0 ? undefined : { owner, epoch: Number(result) };
}

/** The session is over and its journal not needed; false: somebody else owns it, and nothing was changed. */
export async function release(redis: Redis, keys: Keys, session: string, pin: Pin): Promise<boolean> {
  const result = await releaseScript.run(
    redis,
    [
      keys.pin(session),
      keys.reservedPrefix + pin.owner,
      keys.free,
      keys.journal(session),
      keys.waiting,
      keys.waitingSeen,
    ],
    [session, pin.owner, pin.epoch],
  );
  return result === 1;
}

/**
 * An answer that did not come in time may be there, and this process was too busy to look: timers come before answers in
 * the event loop. Only for what may be asked twice.
 */
async function askedAgainIfBusy<T>(ask: () => Promise<T>): Promise<T> {
  const before = performance.eventLoopUtilization();
  try {
    return await ask();
  } catch (error) {
    const { utilization } = performance.eventLoopUtilization(before);
    if ((error as Error).message !== 'Command timed out' || utilization < busyShare) throw error;
    return ask();
  }
}
