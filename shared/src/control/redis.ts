import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { watchMaster } from './master-watch.ts';
import { openRedis } from './open-redis.ts';
import { parseRedisUrl } from './redis-address.ts';

/** A call waits no longer than this for the registry: new sessions are refused within 250 ms when it is away. */
const commandTimeoutMs = 200;
/**
 * A Redis that says nothing for so long is asked over a new connection: a path that lost its packets without a word
 * (a firewall that forgot it, a host that is gone) would otherwise be believed in for as long as TCP does.
 */
const silenceMs = 2000;
const firstRetryMs = 50;
const slowestRetryMs = 1000;

/**
 * A connection to the registry. Commands fail at once while it is away; it comes back by itself.
 * Loss and return are logged once each.
 */
export function connectRedis(url: string, log: Logger): Redis {
  const redis = openRedis(url, {
    commandTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) =>
      Math.min(slowestRetryMs, firstRetryMs * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  });
  const address = parseRedisUrl(url);
  if (address.kind === 'sentinel') {
    const unwatch = watchMaster(address, () => {
      log.warn('Sentinel has made another Redis the master; going there');
      // On its way already it asks who the master is; to be told to leave then would be its end.
      if (redis.status === 'ready' || redis.status === 'connect') redis.disconnect(true);
    });
    redis.once('end', unwatch);
  }
  let isAway = false;
  redis.on('ready', () => {
    if (isAway) log.info('Redis is back');
    isAway = false;
  });
  redis.on('error', (error) => {
    if (!isAway)
      log.warn({ err: error.message }, 'Redis cannot be reached; check REDIS_URL and that it runs');
    isAway = true;
  });
  redis.on('close', () => {
    if (!isAway && redis.status !== 'end') log.warn('the connection to Redis was lost');
    isAway = true;
  });
  return redis;
}

/** Resolves when the connection is usable; rejects after `timeoutMs`. */
export async function redisReady(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      redis.off('ready', done);
      reject(new Error('Redis did not answer in time; check REDIS_URL and that it runs'));
    }, timeoutMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    redis.once('ready', done);
  });
}
