import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { Script } from './script.ts';

const claimScript = new Script('claim');
const confirmScript = new Script('confirm');
const releaseScript = new Script('release');

/** Between the claim of a session and its opening on the worker; a gateway that dies in between holds a slot this long. */
const reservationMs = 10_000;
/** A pin outlives any call; the pins of sessions nobody released vanish after this. */
const pinLifetimeMs = 24 * 3600 * 1000;

/** Who owns a session: the worker incarnation and the epoch at which it took it. */
export interface Pin {
  owner: string;
  epoch: number;
}

export type Claim = (Pin & { taken: boolean }) | 'no_worker' | 'no_room';

/**
 * The worker that owns a session, taking it for the least loaded one if nobody does.
 * @param dead an owner this gateway has lost; if it still is the owner, another one takes the session
 * @throws when Redis does not answer in time
 */
export async function claim(redis: Redis, keys: Keys, session: string, dead?: Pin): Promise<Claim> {
  const result = await claimScript.run(
    redis,
    [keys.pin(session), keys.workers, keys.free, keys.reservedPrefix],
    [session, reservationMs, dead?.owner ?? '', dead?.epoch ?? ''],
  );
  if (result === -1) return 'no_worker';
  if (result === -2) return 'no_room';
  const [owner, epoch, taken] = result as [string, string, number];
  return { owner, epoch: Number(epoch), taken: taken === 1 };
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

/** The session is over; false: somebody else owns it, and nothing was changed. */
export async function release(redis: Redis, keys: Keys, session: string, pin: Pin): Promise<boolean> {
  const result = await releaseScript.run(
    redis,
    [keys.pin(session), keys.reservedPrefix + pin.owner, keys.free],
    [session, pin.owner, pin.epoch],
  );
  return result === 1;
}
