import { createHash, type Hash } from 'node:crypto';

/**
 * How a segment lies on disk: JSON Lines, append only, one writer.
 *
 * The first line names the segment. Events lie in batches; the line before a batch says how long it is, what its bytes
 * hash to, and the hash of the batch line before. So a batch that ends early is a torn write and nothing else, and
 * every byte a line holds is told apart from one put there later.
 */
export interface BatchLine {
  kind: 'batch';
  n: number;
  /** When it was received (ISO). */
  at: string;
  /** Of the events that follow. */
  lines: number;
  /** Of the events that follow, line ends included. */
  bytes: number;
  /** Positions in this batch of events that came after their session had ended or moved. */
  late?: number[];
  /** Number of the last checkpoint at that time; absent: there was none. */
  sealed?: number;
  /** SHA-256 of those bytes, base64url. */
  body: string;
  /** `hash` of the batch line before, or of the segment's first line. */
  prev: string;
  /** SHA-256 of this line without this member. */
  hash: string;
}

/** First line of a segment. */
export interface SegmentLine {
  kind: 'segment';
  v: 1;
  segment: string;
  at: string;
  hash: string;
}

export const segmentSuffix = '.jsonl';

export const sha256 = (text: string | Buffer): string =>
  createHash('sha256').update(text).digest('base64url');

export const bodyHash = (): Hash => createHash('sha256');

/** The line with its own hash put last. */
export function hashedLine(members: Record<string, unknown>): { line: string; hash: string } {
  const open = JSON.stringify(members).slice(0, -1);
  const hash = sha256(`${open}}`);
  return { line: `${open},"hash":"${hash}"}`, hash };
}

const hashMember = /,"hash":"([\w-]{43})"\}$/;

/** The members of a line made by `hashedLine`; undefined when it is not one, or was changed. */
export function readHashedLine<T extends { hash: string }>(line: string): T | undefined {
  const found = hashMember.exec(line);
  if (found === null || sha256(`${line.slice(0, found.index)}}`) !== found[1]) return undefined;
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined;
  }
}

export function segmentLine(segment: string, at: Date): { line: string; hash: string } {
  return hashedLine({ kind: 'segment', v: 1, segment, at: at.toISOString() });
}

/** The batch as it is appended: its batch line and its events. */
export function batchText(
  n: number,
  lines: readonly string[],
  late: readonly number[],
  sealed: number,
  prev: string,
): { text: Buffer; hash: string; headBytes: number } {
  const body = `${lines.join('\n')}\n`;
  const head = hashedLine({
    kind: 'batch',
    n,
    at: new Date().toISOString(),
    lines: lines.length,
    bytes: Buffer.byteLength(body),
    ...(late.length > 0 && { late }),
    ...(sealed > 0 && { sealed }),
    body: sha256(body),
    prev,
  });
  return {
    text: Buffer.from(`${head.line}\n${body}`),
    hash: head.hash,
    headBytes: Buffer.byteLength(head.line) + 1,
  };
}

/** Where a line of a segment is, for people. */
export const placeOf = (segment: string, line: number): string => `segments/${segment}:${line}`;
