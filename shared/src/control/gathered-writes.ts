import type { Duplex } from 'node:stream';
import { Cluster, type Redis } from 'ioredis';

/** What is written in one turn of the event loop leaves at its end, in one write: each costs more than a command does. */
export function gatherWrites(stream: Duplex): void {
  const write = stream.write;
  stream.write = ((...args: Parameters<typeof write>) => {
    if (stream.writableCorked === 0) {
      stream.cork();
      setImmediate(() => stream.uncork());
    }
    return write.apply(stream, args);
  }) as typeof write;
}

/**
 * The same of a connection to Redis, for callers that come in bursts. Not for journals: what callers were told would be
 * ahead of them by a turn.
 */
export function gatherCommands(redis: Redis): void {
  if ((redis as unknown) instanceof Cluster) redis.on('+node', gatherCommands);
  else redis.on('connect', () => gatherWrites(redis.stream));
}

/** What `send` sends leaves in one write; to Redis Cluster, which has a connection to each node, as it comes. */
export function inOneWrite(redis: Redis, send: () => void): void {
  const stream = (redis as unknown) instanceof Cluster ? undefined : (redis.stream as Duplex | undefined);
  stream?.cork();
  try {
    send();
  } finally {
    stream?.uncork();
  }
}
