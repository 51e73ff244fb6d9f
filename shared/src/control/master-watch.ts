import { Redis } from 'ioredis';
import type { RedisAddress } from './redis-address.ts';

const channel = '+switch-master';
const slowestRetryMs = 5000;
/**
 * A sentinel has nothing to say for months: whether it could is asked, and one that does not answer is asked over a new
 * connection, since the path may have forgotten the old one.
 */
const usualLimits = { pingEveryMs: 5000, silenceMs: 2000 };

/**
 * Listens to all sentinels for another master. One that was replaced while it could not reach them does not know, and
 * whoever stayed connected to it would be ruled by it. @returns ends that
 */
export function watchMaster(
  { hosts, master, isTls, sentinelUsername, sentinelPassword }: RedisAddress & { kind: 'sentinel' },
  onReplaced: () => void,
  { pingEveryMs, silenceMs } = usualLimits,
): () => void {
  let last: string | undefined;
  const sentinels = hosts.map((host) => {
    const sentinel = new Redis({
      ...host,
      ...(sentinelUsername !== undefined && { username: sentinelUsername }),
      ...(sentinelPassword !== undefined && { password: sentinelPassword }),
      ...(isTls && { tls: {} }),
      enableReadyCheck: false,
      socketTimeout: silenceMs,
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) => Math.min(slowestRetryMs, 100 * attempt) * (0.5 + Math.random() / 2),
    });
    // One of several is away; the others tell.
    sentinel.on('error', () => undefined);
    sentinel.subscribe(channel).catch(() => undefined);
    sentinel.on('message', (_channel: string, text: string) => {
      // `<master> <address before> <address now>`; each of the sentinels says it.
      if (text === last || text.split(' ', 1)[0] !== master) return;
      last = text;
      onReplaced();
    });
    return sentinel;
  });
  const pings = setInterval(() => {
    for (const sentinel of sentinels) if (sentinel.status === 'ready') sentinel.ping().catch(() => undefined);
  }, pingEveryMs);
  pings.unref();
  return () => {
    clearInterval(pings);
    for (const sentinel of sentinels) sentinel.disconnect();
  };
}
