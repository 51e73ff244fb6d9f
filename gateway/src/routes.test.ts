import { once } from 'node:events';
import { startTestRedis } from '@vjj/deploy/test-redis.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { connectRedis } from '@vjj/shared/control/redis.ts';
import { createLog } from '@vjj/shared/log.ts';
import { expect, it } from 'vitest';
import { Calls } from './calls.ts';
import { createHttp } from './routes.ts';
import { Workers } from './workers.ts';

const log = createLog('test', 'silent');
const secret = 'only-gateways-and-workers-know';

it('a page of an allowed origin may read why no call is taken, and no other', async () => {
  await using server = await startTestRedis();
  const keys = keysOf('routes-test');
  const redis = connectRedis(server.url, log);
  await once(redis, 'ready');
  const workers = new Workers(redis, keys, {
    security: { secret, isEncrypted: false },
    callersPerLink: 250,
    log,
  });
  const allowedOrigins = new Set(['https://shop.example']);
  const calls = new Calls(redis, keys, workers, log, {
    allowedOrigins,
    pingPeriodMs: 15_000,
    linkSecret: secret,
    waitingRoom: 0,
    takeovers: { graceMs: 1000, adoptMs: 1000 },
  });
  const app = createHttp(redis, keys, calls, 0, allowedOrigins);
  const readBy = async (origin: string) => {
    const { statusCode, headers } = await app.inject({ url: '/ready', headers: { origin } });
    expect(statusCode).toBe(503);
    return headers['access-control-allow-origin'];
  };
  try {
    expect(await readBy('https://shop.example')).toBe('https://shop.example');
    expect(await readBy('https://other.example')).toBeUndefined();
  } finally {
    await app.close();
    workers.close();
    redis.disconnect();
  }
});
