import type { Duplex } from 'node:stream';

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
