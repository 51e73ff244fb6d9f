import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { claim, type Pin } from '@vjj/shared/control/pins.ts';
import { type ErrorId, VjjError } from '@vjj/shared/errors.ts';
import type { Redis } from 'ioredis';
import type { WorkerLink } from './worker-link.ts';
import type { Workers } from './workers.ts';

/** A new call with a worker that is ready to hear it. */
export interface Admitted {
  session: string;
  pin: Pin;
  link: WorkerLink;
}

/** A worker that just died may still be pinned; so many others are tried before the call is refused. */
const maxTries = 3;

/**
 * Finds a worker for a new call.
 * @throws {VjjError} NO_WORKER, NO_CAPACITY, REDIS_AWAY or WORKER_LOST, before the upgrade is accepted
 */
export async function admit(redis: Redis, keys: Keys, workers: Workers): Promise<Admitted> {
  const session = randomUUID();
  let dead: Pin | undefined;
  for (let attempt = 1; ; attempt++) {
    const pin = await claimOrThrow(redis, keys, session, dead);
    try {
      return { session, pin, link: await workers.linkTo(pin.owner) };
    } catch (error) {
      if (attempt === maxTries) throw error;
      dead = { owner: pin.owner, epoch: pin.epoch };
    }
  }
}

async function claimOrThrow(redis: Redis, keys: Keys, session: string, dead: Pin | undefined): Promise<Pin> {
  let result: Awaited<ReturnType<typeof claim>>;
  try {
    result = await claim(redis, keys, session, { dead });
  } catch (error) {
    throw new VjjError('REDIS_AWAY', (error as Error).message);
  }
  if (result === 'no_worker') throw new VjjError('NO_WORKER');
  if (result === 'no_room' || result === 'no_pin') throw new VjjError('NO_CAPACITY');
  return result;
}

/** Why this upgrade is refused before anything is asked of Redis, or undefined. */
export function refusalOf(
  request: IncomingMessage,
  allowedOrigins: ReadonlySet<string>,
): ErrorId | undefined {
  const path = request.url?.split('?', 1)[0];
  if (path !== '/' && path !== '/ws') return 'NOT_FOUND';
  const { origin, host } = request.headers;
  if (origin === undefined || allowedOrigins.has(origin)) return undefined;
  return URL.canParse(origin) && new URL(origin).host === host ? undefined : 'BAD_ORIGIN';
}
