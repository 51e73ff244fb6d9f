import { createHash } from 'node:crypto';
import {
  type Entry,
  entriesIn,
  mostHeadBytes,
  mostPieceBytes,
  openedPiece,
  type RecordingHead,
  recordingHeadSchema,
} from './recording.ts';

/** A recording that cannot be read; the message says why. */
export class RecordingError extends Error {}

/** What was found out about a file once it was read to its end. */
export interface RecordingEnd {
  pieces: number;
  bytes: number;
  sha256: string;
  /** It ends within a piece: its worker was killed while it wrote. */
  isTorn: boolean;
}

const lineFeed = 10;

/**
 * Reads a recording as it lies, piece by piece.
 * @param keyOf the key of the session it is of
 * @throws {RecordingError} it is of another version, no recording, changed, or its key is gone
 */
export async function readRecording(
  chunks: AsyncIterable<Buffer>,
  keyOf: (head: RecordingHead) => Promise<Buffer>,
  onEntry: (entry: Entry, head: RecordingHead) => void,
): Promise<{ head: RecordingHead; end: RecordingEnd }> {
  const hash = createHash('sha256');
  let pending: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let pieces = 0;
  let head: RecordingHead | undefined;
  let key: Buffer | undefined;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (head === undefined || key === undefined) {
      const end = pending.indexOf(lineFeed);
      if (end === -1 && pending.length <= mostHeadBytes) continue;
      head = readHead(pending.toString('utf8', 0, Math.max(0, end)));
      key = await keyOf(head);
      pending = pending.subarray(end + 1);
    }
    while (pending.length >= 4) {
      const length = pending.readUInt32LE(0);
      if (length > mostPieceBytes) throw new RecordingError(`piece ${pieces} of the recording is damaged`);
      if (pending.length < 4 + length) break;
      for (const entry of openedEntries(pending.subarray(4, 4 + length), key, head, pieces))
        onEntry(entry, head);
      pieces++;
      pending = pending.subarray(4 + length);
    }
  }
  if (head === undefined) throw new RecordingError('this is no recording, or its first line was cut off');
  return { head, end: { pieces, bytes, sha256: hash.digest('hex'), isTorn: pending.length > 0 } };
}

function openedEntries(sealed: Buffer, key: Buffer, head: RecordingHead, n: number): Entry[] {
  try {
    return [...entriesIn(openedPiece(sealed, key, head, n))];
  } catch {
    throw new RecordingError(`piece ${n} of the recording was changed, or is not of this call`);
  }
}

function readHead(line: string): RecordingHead {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new RecordingError('this is no recording');
  }
  const { v } = (json ?? {}) as { v?: unknown };
  const read = recordingHeadSchema.safeParse(json);
  if (read.success) return read.data;
  if (typeof v === 'number' && v !== recordingHeadSchema.shape.v.value) {
    throw new RecordingError(
      `the recording is of version ${v}; this software reads version ${recordingHeadSchema.shape.v.value}`,
    );
  }
  throw new RecordingError('this is no recording');
}
