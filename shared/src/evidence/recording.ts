import { z } from 'zod';
import { openedBytes, type SealingKey, sealedBytes } from './cipher.ts';

/**
 * What is recorded of a call in one epoch (STORE_RAW_AUDIO, RECORD_CALLS): a line of JSON that says whose it is, then
 * pieces, each a length (u32, little-endian) and so many bytes, encrypted with the session's key and bound to their
 * place. In a piece stand entries one after the other:
 *
 *   kind (u8)   ms since the recording began (f64)   length (u32)   body
 *
 * Numbers are little-endian. A file that ends within a piece was being written when its worker was killed.
 */
export const recordingVersion = 1;

export const recordingHeadSchema = z.looseObject({
  v: z.literal(recordingVersion),
  kind: z.literal('recording'),
  what: z.enum(['audio', 'call']),
  session: z.string().min(1),
  epoch: z.number().int().nonnegative(),
  tenant: z.string().min(1),
  user: z.string().min(1),
  /** Unix ms. */
  startedAt: z.number(),
});
export type RecordingHead = z.infer<typeof recordingHeadSchema>;

/** No head is longer. */
export const mostHeadBytes = 4096;
/** No piece is longer: entries are gathered for half a second. */
export const mostPieceBytes = 32 * 1024 * 1024;

/** What an entry is; the bodies of those without another remark are JSON. */
export const EntryKind = {
  /** `Begun`. */
  begun: 1,
  /** A frame of the caller: its number (u32), then its bytes. */
  clientText: 2,
  clientBinary: 3,
  /** Audio of the caller: number of its frame (u32), then PCM. */
  callerAudio: 4,
  /** Audio of the agent as it left: lane (u8), number of the answer (u32), then PCM. */
  agentAudio: 5,
  /** `AudioCut`. */
  audioCut: 6,
  /** `ConnectionOpened`, to the voice service. */
  opened: 7,
  /** An event of the voice service: connection (u16), then the event as it came. */
  received: 8,
  /** An event for the voice service, audio left out: connection (u16), then the event. */
  sent: 9,
  /** `ConnectionClosed`, by the voice service or the way to it. */
  closed: 10,
  /** `LaneChange`. */
  lane: 11,
  /** The caller's connection was lost; no body. */
  lineLost: 12,
  /** `LineBack`. */
  lineBack: 13,
  /** `Ended`. */
  ended: 14,
} as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

export interface Begun {
  /** As the caller sent it. */
  start: Record<string, unknown>;
  voiceMode: string;
  agent: string;
  /** Of the software. */
  version: string;
  /** The caller's connection; frames are numbered within it. */
  connection: string;
  /** What of the configuration decides how a call goes. */
  settings: Record<string, string>;
  /** Another worker had the call. */
  movedBecause?: string;
}
/** Of that answer no more was heard on that lane. */
export interface AudioCut {
  lane: string;
  answer: number;
  heardMs: number;
}
export interface ConnectionOpened {
  connection: number;
  /** The voice service did not take it. An id of the error table. */
  refused?: string;
}
export interface ConnectionClosed {
  connection: number;
  code: number;
}
export interface LaneChange {
  from: string;
  to: string;
}
export interface LineBack {
  connection: string;
}
export interface Ended {
  reason: string;
}

export interface Entry {
  kind: number;
  /** Ms since the recording began. */
  at: number;
  body: Buffer;
}

export const lanes = ['A', 'B', 'fallback'] as const;

const entryHeadBytes = 13;
const lengthBytes = 4;

/** An entry's bytes; the body may be in parts. */
export function entryBytes(kind: EntryKind, at: number, parts: readonly Buffer[]): Buffer[] {
  const head = Buffer.allocUnsafe(entryHeadBytes);
  head[0] = kind;
  head.writeDoubleLE(at, 1);
  head.writeUInt32LE(
    parts.reduce((sum, part) => sum + part.length, 0),
    9,
  );
  return [head, ...parts];
}

/** @throws when the bytes are no entries */
export function* entriesIn(piece: Buffer): Generator<Entry> {
  for (let at = 0; at < piece.length; ) {
    if (piece.length - at < entryHeadBytes) throw new Error('a piece of the recording ends within an entry');
    const length = piece.readUInt32LE(at + 9);
    const body = piece.subarray(at + entryHeadBytes, at + entryHeadBytes + length);
    if (body.length < length) throw new Error('a piece of the recording ends within an entry');
    yield { kind: piece[at]!, at: piece.readDoubleLE(at + 1), body };
    at += entryHeadBytes + length;
  }
}

type Place = Pick<RecordingHead, 'session' | 'epoch'>;
const aadOf = ({ session, epoch }: Place, n: number) =>
  Buffer.from(`recording:${JSON.stringify([session, epoch, n])}`);

/** A piece as it lies in the file. @param n its number, from 0 */
export function sealedPiece(entries: readonly Buffer[], key: SealingKey, place: Place, n: number): Buffer {
  const sealed = sealedBytes(Buffer.concat(entries), key, aadOf(place, n));
  const length = Buffer.allocUnsafe(lengthBytes);
  length.writeUInt32LE(sealed.length, 0);
  return Buffer.concat([length, sealed]);
}

/** @throws when the key is another one, or the bytes are not what was sealed for this place */
export function openedPiece(sealed: Buffer, key: Buffer, place: Place, n: number): Buffer {
  return openedBytes(sealed, key, aadOf(place, n));
}

/**
 * What the voice service is asked for, as far as its answers hang on it: two events of one kind have one name.
 * Undefined: nothing of what follows waits for it.
 */
export function askedKind(event: { type?: unknown; item?: unknown }): string | undefined {
  if (typeof event.type !== 'string') return undefined;
  if (event.type !== 'conversation.item.create') return event.type;
  const { type, role } = (event.item ?? {}) as { type?: unknown; role?: unknown };
  // Notes are told when they come.
  return role === 'system' ? undefined : `${event.type} ${String(type)} ${String(role ?? '')}`.trim();
}
