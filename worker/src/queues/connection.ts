import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { type ConnectionOptions, createIORedisClient, RedisConnection } from 'bullmq';

const slowestRetryMs = 1000;
/** A Redis that stands still must not hold up a producer for ever. */
const producerTimeoutMs = 5000;

/** A path to Redis that lost its packets without a word is given up after this; longer than any blocking wait, 10 s. */
const consumerSilenceMs = 15_000;

// Queues connect as all else does: to a single server, by Sentinel, or to a cluster, as the URL says.
RedisConnection.clientFactory = ({ url = '', host: _, port: __, ...behaviour }) =>
  createIORedisClient(openRedis(url, behaviour));

const retryStrategy = (attempt: number) => Math.min(slowestRetryMs, 50 * attempt) * (0.5 + Math.random() / 2);

/** For whoever hands over jobs: fails at once while Redis is away, instead of keeping them in memory. */
export function producerConnection(url: string): ConnectionOptions {
  return {
    url,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: producerTimeoutMs,
    socketTimeout: producerTimeoutMs,
    retryStrategy,
  };
}

/** For whoever takes jobs: waits for Redis as long as it takes. */
export function consumerConnection(url: string): ConnectionOptions {
  return { url, maxRetriesPerRequest: null, socketTimeout: consumerSilenceMs, retryStrategy };
}
