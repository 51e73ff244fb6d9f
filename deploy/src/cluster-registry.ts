import { type ClusterStatus, readClusterStatus } from '@vjj/shared/control/cluster-status.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';

/** What the processes of a cluster say of themselves, read from Redis: works while no gateway answers. */
export interface ClusterRegistry {
  read(): Promise<ClusterStatus>;
  close(): void;
}

export function clusterRegistry(redisUrl: string, clusterName: string): ClusterRegistry {
  const keys = keysOf(clusterName);
  const redis = openRedis(redisUrl, {
    lazyConnect: true,
    commandTimeout: 1000,
    socketTimeout: 2000,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 50, 500),
  });
  // Whoever asks while it is away gets the error with the answer.
  redis.on('error', () => {});
  return {
    read: () => readClusterStatus(redis, keys),
    close: () => redis.disconnect(),
  };
}
