import { type Begun, type Entry, EntryKind, type LineBack } from '@vjj/shared/evidence/recording.ts';

const ofCaller: ReadonlySet<number> = new Set([
  EntryKind.clientText,
  EntryKind.clientBinary,
  EntryKind.callerAudio,
]);

/**
 * After a takeover the next worker gets frames again that the one before had dealt with: each frame of the caller once.
 * @param epochs entries of one call, epoch by epoch
 */
export function withoutRepeats(epochs: readonly (readonly Entry[])[]): Entry[][] {
  const newest = new Map<string, number>();
  let connection = '';
  return epochs.map((entries) =>
    entries.filter(({ kind, body }) => {
      if (kind === EntryKind.begun) connection = (JSON.parse(body.toString()) as Begun).connection;
      if (kind === EntryKind.lineBack) connection = (JSON.parse(body.toString()) as LineBack).connection;
      if (!ofCaller.has(kind)) return true;
      const number = body.readUInt32LE(0);
      if (number <= (newest.get(connection) ?? 0)) return false;
      newest.set(connection, number);
      return true;
    }),
  );
}
