import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { readClusterStatus } from '@vjj/shared/control/cluster-status.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { type Claimed, type ClaimOptions, claim, type Pin } from '@vjj/shared/control/pins.ts';
import { type ErrorId, VjjError } from '@vjj/shared/errors.ts';
import type { ResumeTokens } from '@vjj/shared/resume-token.ts';
import type { Redis } from 'ioredis';
import { whyNone } from './readiness.ts';
import type { WorkerLink } from './worker-link.ts';
import type { Workers } from './workers.ts';

/** A call with a worker that is ready to hear it. */
export interface Admitted {
  session: string;
  pin: Pin;
  link: WorkerLink;
  /** It waits for a place: when it came, µs of Redis' clock. */
  waitingSince?: number | undefined;
  /** The caller comes back to it. */
  resume?: { token: string; seq: number };
}

/** A worker that just died may still be pinned; so many others are tried before the call is refused. */
const maxTries = 3;

/**
 * Finds a worker for a new call: one with a place for it, or one where it waits for a place.
 * @param waitingRoom how many calls of the fleet may wait
 * @throws {VjjError} NO_WORKER, EVIDENCE_FULL, NO_CAPACITY, REDIS_AWAY or WORKER_LOST, before the upgrade is accepted
 */
export async function admit(
  redis: Redis,
  keys: Keys,
  workers: Workers,
  waitingRoom: number,
): Promise<Admitted> {
  const session = randomUUID();
  let dead: Pin | undefined;
  for (let attempt = 1; ; attempt++) {
    const { waitingSince, ...pin } = await claimOrThrow(redis, keys, session, { dead, waitingRoom });
    try {
      return { session, pin, link: await workers.linkTo(pin.owner), waitingSince };
    } catch (error) {
      if (!isWorkerLost(error) || attempt === maxTries) throw error;
      dead = { owner: pin.owner, epoch: pin.epoch };
    }
  }
}

/** Nothing else proves that a worker is dead: a Redis that does not say where it is does not. */
function isWorkerLost(error: unknown): boolean {
  return error instanceof VjjError && error.id === 'WORKER_LOST';
}

async function claimOrThrow(
  redis: Redis,
  keys: Keys,
  session: string,
  options: ClaimOptions,
): Promise<Claimed> {
  let result: Awaited<ReturnType<typeof claim>>;
  let none: ErrorId = 'NO_WORKER';
  try {
    result = await claim(redis, keys, session, options);
    if (result === 'no_worker') none = whyNone((await readClusterStatus(redis, keys)).workers) ?? none;
  } catch (error) {
    throw new VjjError('REDIS_AWAY', (error as Error).message);
  }
  if (result === 'no_worker') throw new VjjError(none);
  if (result === 'no_room' || result === 'no_pin') throw new VjjError('NO_CAPACITY');
  return result;
}

/** What a client asks for that comes back to a session; undefined: it begins a new one. */
export function resumeAsked(request: IncomingMessage): { token: string; seq: number } | undefined {
  const query = new URLSearchParams(request.url?.split('?', 2)[1] ?? '');
  const token = query.get('resume');
  if (token === null) return undefined;
  const seq = Number(query.get('seq'));
  return { token, seq: Number.isSafeInteger(seq) && seq > 0 && seq < 2 ** 32 ? seq : 0 };
}

/**
 * Finds the worker of a call whose caller comes back: the one its pin names, or, when Redis cannot be asked, the one
 * its token names.
 * @throws {VjjError} BAD_TOKEN, SESSION_GONE, NO_WORKER, REDIS_AWAY or WORKER_LOST
 */
export async function readmit(
  redis: Redis,
  keys: Keys,
  workers: Workers,
  tokens: ResumeTokens,
  resume: { token: string; seq: number },
  adoptMs: number,
): Promise<Admitted> {
  const claims = tokens.read(resume.token);
  if (claims === undefined) throw new VjjError('BAD_TOKEN');
  const { session } = claims;
  const named: Pin = { owner: claims.worker, epoch: claims.epoch };
  const linked = async ({ waitingSince, ...pin }: Pin & Partial<Claimed>): Promise<Admitted> => ({
    session,
    pin,
    link: await workers.linkTo(pin.owner),
    waitingSince,
    resume,
  });
  let dead: Pin | undefined;
  let hasWaited = false;
  for (let attempt = 1; ; ) {
    let pin: Awaited<ReturnType<typeof claim>>;
    try {
      pin = await claim(redis, keys, session, { dead, as: hasWaited ? 'orphan' : 'again' });
    } catch (error) {
      if (workers.isLinkedTo(named.owner)) return linked(named);
      throw new VjjError('REDIS_AWAY', (error as Error).message);
    }
    if (pin === 'no_pin') {
      // Its worker, if it lives, knows; else Redis may have lost what the workers are about to write again.
      if (workers.isLinkedTo(named.owner)) return linked(named);
      await new Promise((resolve) => setTimeout(resolve, adoptMs));
      // A caller who is told that it is gone gives up for good.
      const isThere = await redis.exists(keys.pin(session), keys.journal(session)).catch((error: Error) => {
        throw new VjjError('REDIS_AWAY', error.message);
      });
      if (isThere === 0) throw new VjjError('SESSION_GONE');
      hasWaited = true;
      continue;
    }
    if (typeof pin === 'string') throw new VjjError('NO_WORKER');
    try {
      return await linked(pin);
    } catch (error) {
      if (!isWorkerLost(error) || attempt++ === maxTries) throw error;
      dead = { owner: pin.owner, epoch: pin.epoch };
    }
  }
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
