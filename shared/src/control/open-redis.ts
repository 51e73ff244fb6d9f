import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisAddress } from './redis-address.ts';

const connectTimeoutMs = 2000;
/** A sentinel that does not answer by then is passed over for the next. */
const sentinelTimeoutMs = 1000;
/** While a node of a cluster cannot be reached, so often a command looks for it or its successor, within its time. */
const clusterRetryMs = 50;

/** How a connection behaves; where it leads follows from the URL. */
export type RedisBehaviour = Omit<
  RedisOptions,
  'host' | 'port' | 'path' | 'sentinels' | 'name' | 'db' | 'username' | 'password' | 'tls' | 'replyMapping'
>;

/**
 * The one place that connects to Redis: to a single server, to the master that Sentinel names, or to a cluster.
 * All keys of a cluster of ours share one hash tag (`keys.ts`), those of its queues another, so that scripts,
 * transactions and pipelines meet one node each; hence the one type.
 * @param url as `parseRedisUrl` reads it
 */
export function openRedis(url: string, behaviour: RedisBehaviour = {}): Redis {
  const address = parseRedisUrl(url);
  const { username, password, isTls } = address;
  const access = {
    connectTimeout: connectTimeoutMs,
    ...behaviour,
    // A former master behind a fixed address refuses to write: look again who it is.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  switch (address.kind) {
    case 'single':
      return new Redis({
        ...access,
        ...address.hosts[0],
        db: address.db,
        ...(isTls && { tls: {} }),
      });
    case 'sentinel':
      return new Redis({ ...access, ...sentinelOptions(address, behaviour) });
    case 'cluster':
      return openCluster(address, access);
  }
}

function sentinelOptions(address: RedisAddress & { kind: 'sentinel' }, { retryStrategy }: RedisBehaviour) {
  const { hosts, master, db, isTls, sentinelUsername, sentinelPassword } = address;
  const retry = (attempt: number) => retryStrategy?.(attempt) ?? null;
  return {
    sentinels: hosts,
    name: master,
    db,
    sentinelCommandTimeout: sentinelTimeoutMs,
    sentinelRetryStrategy: retry,
    sentinelReconnectStrategy: retry,
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(isTls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  };
}

function openCluster({ hosts, isTls }: RedisAddress, options: RedisBehaviour): Redis {
  const { retryStrategy, enableOfflineQueue = true, lazyConnect = false, ...redisOptions } = options;
  const { commandTimeout } = redisOptions;
  const cluster = new Cluster(hosts, {
    redisOptions: { ...redisOptions, ...(isTls && { tls: {} }) },
    // Certificates name hosts, so these must not become addresses before they are compared.
    ...(isTls && { dnsLookup: (host, done) => done(null, host) }),
    enableOfflineQueue,
    lazyConnect,
    clusterRetryStrategy: (attempt) => retryStrategy?.(attempt) ?? null,
    ...(commandTimeout !== undefined && {
      maxRedirections: Math.ceil(commandTimeout / clusterRetryMs),
      retryDelayOnFailover: clusterRetryMs,
    }),
  });
  // What the two have in common is all that is used here; what they do not is how they are made.
  return cluster as unknown as Redis;
}
