import { createReadStream } from 'node:fs';
import { type BatchLine, bodyHash, placeOf, readHashedLine, type SegmentLine } from './segment.ts';

/** An event's line as it lies in a segment. */
export interface ScannedLine {
  text: string;
  line: number;
  offset: number;
  length: number;
  late: boolean;
}

/** What is wrong with the lines of a segment, whatever they say. `torn` is a crash; the rest is somebody's doing. */
export interface SegmentProblem {
  problem: 'torn' | 'edited' | 'appended' | 'spliced' | 'reordered';
  where: string;
  detail: string;
}

/** Where a scan may go on: after a batch that was whole. */
export interface SegmentPosition {
  bytes: number;
  lines: number;
  batches: number;
  hash: string;
}

export interface ScannedBatch {
  lines: ScannedLine[];
  problems: SegmentProblem[];
  /** After this batch; undefined when the batch is not whole. */
  position: SegmentPosition | undefined;
  /** When it was received (ISO); undefined when its batch line cannot be read. */
  at: string | undefined;
  /** Number of the last checkpoint when it was written; 0: there was none. */
  sealed: number;
}

interface RawLine {
  text: Buffer;
  line: number;
  offset: number;
  isTerminated: boolean;
}

/** A batch while it is read. */
interface OpenBatch {
  head: BatchLine | undefined;
  headLine: number;
  lines: ScannedLine[];
  problems: SegmentProblem[];
}

/** Reads a segment batch by batch; whatever was done to it, every line that can be read is given. */
export async function* scanSegment(
  path: string,
  name: string,
  from?: SegmentPosition,
): AsyncGenerator<ScannedBatch> {
  let prev: string | undefined = from?.hash;
  let n = from?.batches ?? 0;
  let batch: OpenBatch | undefined;
  let loose: SegmentProblem[] = [];
  let end = from?.bytes ?? 0;
  let lastLine = from?.lines ?? 0;
  let newestLine = lastLine;
  let isTerminated = true;

  const begin = (head: BatchLine | undefined, headLine: number): OpenBatch => {
    const opened = { head, headLine, lines: [], problems: loose };
    loose = [];
    return opened;
  };
  const close = ({ head, headLine, lines, problems }: OpenBatch, isLast: boolean): ScannedBatch => {
    const result = { lines, problems, at: head?.at, sealed: head?.sealed ?? 0 };
    if (head === undefined) return { ...result, position: undefined };
    const after = { lines: lastLine, batches: n, hash: head.hash };
    if (isBodyOf(head, lines)) {
      if (isTerminated) return { ...result, position: { ...after, bytes: end } };
      const where = placeOf(name, lastLine);
      problems.push({ problem: 'torn', where, detail: 'the last line break was not written' });
      return { ...result, position: undefined };
    }
    const putIn = whereMoreWasPutIn(head, lines);
    if (putIn === undefined) {
      problems.push(whatIsWrong(name, head, headLine, lines, isLast ? newestLine : undefined));
      return { ...result, position: undefined };
    }
    const first = lines[putIn]!;
    const detail = `${lines.length - head.lines} lines that were not written with their batch`;
    problems.push({ problem: 'appended', where: placeOf(name, first.line), detail });
    const isBehind = putIn === head.lines;
    const position = { ...after, bytes: first.offset, lines: first.line - 1 };
    return { ...result, position: isBehind ? position : undefined };
  };

  for await (const raw of rawLines(path, from)) {
    const where = placeOf(name, raw.line);
    newestLine = raw.line;
    if (raw.line === 1) {
      const first = readHashedLine<SegmentLine>(raw.text.toString());
      prev = first?.hash;
      if (first?.kind !== 'segment') {
        if (raw.isTerminated)
          loose.push({ problem: 'edited', where, detail: 'the first line of the segment was changed' });
        else loose.push({ problem: 'torn', where, detail: 'the segment was never begun' });
      } else if (first.segment !== name) {
        loose.push({ problem: 'spliced', where, detail: `this file is the segment ${first.segment}` });
      }
    } else if (isBatchLine(raw.text)) {
      if (batch !== undefined) yield close(batch, false);
      if (!raw.isTerminated) {
        loose.push({ problem: 'torn', where, detail: 'a write ended early' });
        batch = undefined;
        continue;
      }
      const head = readHashedLine<BatchLine>(raw.text.toString());
      if (head === undefined) loose.push({ problem: 'edited', where, detail: 'a batch line was changed' });
      else if (prev !== undefined && head.prev !== prev) {
        const detail = `batch ${head.n} does not follow what is before it: batches were removed, moved or put in`;
        loose.push({ problem: 'spliced', where, detail });
      }
      prev = head?.hash;
      n = (head?.n ?? n) + 1;
      batch = begin(head, raw.line);
    } else {
      const text = raw.text.toString();
      batch ??= begin(undefined, raw.line);
      const { head, lines, problems } = batch;
      if (!raw.isTerminated && !isJson(text)) {
        // A batch that lacks it says so itself.
        if (lines.length >= (head?.lines ?? 0)) {
          problems.push({ problem: 'torn', where, detail: 'a write ended early' });
        }
        continue;
      }
      if (head === undefined && problems.length === 0) {
        problems.push({ problem: 'appended', where, detail: 'a line that no batch line announces' });
      }
      const late = head?.late?.includes(lines.length) ?? false;
      lines.push({ text, line: raw.line, offset: raw.offset, length: raw.text.length, late });
    }
    lastLine = raw.line;
    isTerminated = raw.isTerminated;
    end = raw.offset + raw.text.length + 1;
  }
  if (batch === undefined && loose.length > 0) batch = begin(undefined, lastLine);
  if (batch !== undefined) yield close(batch, true);
}

function isBodyOf(head: BatchLine, lines: readonly ScannedLine[]): boolean {
  if (lines.length !== head.lines) return false;
  const body = bodyHash();
  for (const { text } of lines) body.update(text).update('\n');
  return body.digest('base64url') === head.body;
}

/** Where lines stand that, taken away, leave the batch as it was written. */
function whereMoreWasPutIn(head: BatchLine, lines: readonly ScannedLine[]): number | undefined {
  const more = lines.length - head.lines;
  if (more <= 0) return undefined;
  for (let at = head.lines; at >= 0; at--) {
    if (isBodyOf(head, lines.toSpliced(at, more))) return at;
  }
  return undefined;
}

/** @param lastLine number of the file's last line, when the batch is its last */
function whatIsWrong(
  name: string,
  head: BatchLine,
  headLine: number,
  lines: readonly ScannedLine[],
  lastLine: number | undefined,
): SegmentProblem {
  const bytes = lines.reduce((total, { length }) => total + length + 1, 0);
  if (lastLine !== undefined && lines.length < head.lines && bytes < head.bytes) {
    const detail = `the file ends in batch ${head.n}, after ${lines.length} of its ${head.lines} events`;
    return { problem: 'torn', where: placeOf(name, lastLine), detail };
  }
  const detail =
    lines.length === head.lines
      ? `the ${lines.length} events of batch ${head.n} are not as they were written`
      : `batch ${head.n} has ${lines.length} events, ${head.lines} were written`;
  return { problem: 'edited', where: placeOf(name, headLine), detail };
}

const batchStart = Buffer.from('{"kind":"batch"');
const isBatchLine = (text: Buffer): boolean =>
  text.length >= batchStart.length && text.subarray(0, batchStart.length).equals(batchStart);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const newline = 0x0a;

async function* rawLines(path: string, from?: SegmentPosition): AsyncGenerator<RawLine> {
  let offset = from?.bytes ?? 0;
  let line = from?.lines ?? 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start: offset, highWaterMark: 1 << 20 })) {
    const data: Buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let at = data.indexOf(newline); at !== -1; at = data.indexOf(newline, start)) {
      yield { text: data.subarray(start, at), line: ++line, offset, isTerminated: true };
      offset += at - start + 1;
      start = at + 1;
    }
    rest = data.subarray(start);
  }
  if (rest.length > 0) yield { text: rest, line: ++line, offset, isTerminated: false };
}
