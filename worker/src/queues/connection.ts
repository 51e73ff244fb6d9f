import type { ConnectionOptions } from 'bullmq';

const slowestRetryMs = 1000;
/** A Redis that stands still must not hold up a producer for ever. */
const producerTimeoutMs = 5000;

const retryStrategy = (attempt: number) => Math.min(slowestRetryMs, 50 * attempt) * (0.5 + Math.random() / 2);

/** For whoever hands over jobs: fails at once while Redis is away, instead of keeping them in memory. */
export function producerConnection(url: string): ConnectionOptions {
  return {
    url,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: producerTimeoutMs,
    retryStrategy,
  };
}

/** For whoever takes jobs: waits for Redis as long as it takes. */
export function consumerConnection(url: string): ConnectionOptions {
  return { url, maxRetriesPerRequest: null, retryStrategy };
}
