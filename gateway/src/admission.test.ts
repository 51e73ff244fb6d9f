import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { connectRedis } from '@vjj/shared/control/redis.ts';
import { createLog } from '@vjj/shared/log.ts';
import { ResumeTokens } from '@vjj/shared/resume-token.ts';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readmit } from './admission.ts';
import { Workers } from './workers.ts';

const log = createLog('test', 'silent');
const secret = 'only-gateways-and-workers-know';
const keys = keysOf('admission-test');
const adoptMs = 500;
let server: TestRedis;
let redis: Redis;
let workers: Workers;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connectRedis(server.url, log);
  await once(redis, 'ready');
  workers = new Workers(redis, keys, { security: { secret, isEncrypted: false }, callersPerLink: 250, log });
});
afterAll(async () => {
  workers.close();
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

/** Somebody comes back to a session Redis knows nothing of, with a worker this gateway has no link to. */
function comesBack() {
  const tokens = new ResumeTokens(secret);
  const token = tokens.sign({ session: randomUUID(), generation: 1, worker: 'w', epoch: 1 });
  return readmit(redis, keys, workers, tokens, { token, seq: 3 }, adoptMs);
}

it('a session is gone when Redis says so, and not when Redis says nothing', async () => {
  await expect(comesBack()).rejects.toMatchObject({ id: 'SESSION_GONE' });
  const back = comesBack();
  await sleep(adoptMs / 2);
  server.server.kill('SIGSTOP');
  try {
    await expect(back).rejects.toMatchObject({ id: 'REDIS_AWAY' });
  } finally {
    server.server.kill('SIGCONT');
  }
});
