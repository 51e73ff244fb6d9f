import { type FileHandle, open } from 'node:fs/promises';

/** What a batch holds at most, but for a single longer line. */
export const batchBytes = 128 * 1024;
export const batchLines = 200;
/** Nothing we write is as long; what is, is damage. */
const longestLineBytes = 1024 * 1024;

export interface SegmentPart {
  lines: string[];
  /** The byte after the last of them. */
  to: number;
}

/**
 * Whole lines of a segment from `from` on.
 * @param end bytes of it that may be read
 * @returns undefined when no whole line stands there: nothing, or a torn one
 */
export async function readPart(path: string, from: number, end: number): Promise<SegmentPart | undefined> {
  const file = await open(path, 'r');
  try {
    for (let size = batchBytes; ; size *= 4) {
      const bytes = await readAt(file, from, Math.min(size, end - from));
      const part = wholeLines(bytes);
      if (part !== undefined) return { lines: part.lines, to: from + part.bytes };
      if (from + size >= end || size > longestLineBytes) return undefined;
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, length));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

const lineFeed = 10;

function wholeLines(bytes: Buffer): { lines: string[]; bytes: number } | undefined {
  const lines: string[] = [];
  let at = 0;
  while (lines.length < batchLines) {
    const end = bytes.indexOf(lineFeed, at);
    if (end === -1) break;
    lines.push(bytes.toString('utf8', at, end));
    at = end + 1;
  }
  return lines.length === 0 ? undefined : { lines, bytes: at };
}
