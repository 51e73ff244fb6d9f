import type { Keys } from '@vjj/shared/control/keys.ts';
import { Script } from '@vjj/shared/control/script.ts';
import type { Redis } from 'ioredis';
import type { Person } from './memories.ts';

/** Who has not called for two years is not known any more. */
const knownSeconds = 730 * 24 * 3600;
/** A job of a call long ago may still wait for somebody to retry it. */
const tombstoneSeconds = 180 * 24 * 3600;

const visitScript = new Script('visit-caller');

/** @returns how many sessions the caller had before this one */
export async function visit(
  redis: Redis,
  keys: Keys,
  { tenant, user }: Person,
  session: string,
): Promise<number> {
  return (await visitScript.run(redis, [keys.caller(tenant, user)], [session, knownSeconds])) as number;
}

/** Nothing that began before now will be remembered. */
export async function markForgotten(
  redis: Redis,
  keys: Keys,
  { tenant, user }: Person,
  nowMs: number,
): Promise<void> {
  await redis.set(keys.forgotten(tenant, user), nowMs, 'EX', tombstoneSeconds);
  await redis.del(keys.caller(tenant, user));
}

/** When a caller was forgotten, in Unix ms; undefined: never. */
export async function forgottenAt(
  redis: Redis,
  keys: Keys,
  { tenant, user }: Person,
): Promise<number | undefined> {
  const at = await redis.get(keys.forgotten(tenant, user));
  return at === null ? undefined : Number(at);
}

/** Whether a session that began then is not to be remembered. */
export async function isForgotten(
  redis: Redis,
  keys: Keys,
  person: Person,
  startedAt: number,
): Promise<boolean> {
  const at = await forgottenAt(redis, keys, person);
  return at !== undefined && startedAt <= at;
}
