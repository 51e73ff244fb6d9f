import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEventLine } from '@vjj/shared/evidence/event.ts';
import { checkpointHash, isTooYoung, leafLine, readCheckpoint } from '../checkpoint.ts';
import { type IncomingBatch, inChainOrder, type RefusedLine, readIncoming } from '../incoming.ts';
import type {
  AppendOutcome,
  AuditStore,
  ChainPlace,
  EventQuery,
  Gap,
  Scanned,
  SignCheckpoint,
  StoredCheckpoint,
  StoredLine,
} from '../store.ts';
import { catchUp } from './catch-up.ts';
import { FileCheckpoints } from './file-checkpoints.ts';
import { FileKeys } from './file-keys.ts';
import { FileRecordings } from './file-recordings.ts';
import { type IndexedPlace, pageRows } from './find-places.ts';
import { isDamaged } from './index-database.ts';
import { type ScannedBatch, type SegmentProblem, scanSegment } from './scan-segment.ts';
import { placeOf, segmentSuffix } from './segment.ts';
import { SegmentIndex } from './segment-index.ts';
import { SegmentWriter } from './segment-writer.ts';

/** Waits for its turn to be written; several go to the disk in one sync. */
interface Waiting {
  batch: IncomingBatch;
  resolve: (outcome: AppendOutcome) => void;
  reject: (error: unknown) => void;
}

/**
 * Audit events in files: `segments/` holds them, `index-….sqlite` finds them, `keys/` and `checkpoints/` lie beside.
 * Each recorder process writes segments of its own, so none waits for another.
 */
export class FileStore implements AuditStore {
  readonly name: string;
  readonly keys: FileKeys;
  readonly checkpoints: FileCheckpoints;
  readonly recordings: FileRecordings;
  readonly #folder: string;
  readonly #segments: string;
  readonly #segmentBytes: number;
  readonly #recorder = randomBytes(4).toString('hex');
  #index: Promise<SegmentIndex> | undefined;
  #writer: SegmentWriter | undefined;
  #segmentCount = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  private constructor(folder: string, segmentBytes: number) {
    this.name = folder;
    this.#folder = folder;
    this.#segments = join(folder, 'segments');
    this.#segmentBytes = segmentBytes;
    mkdirSync(this.#segments, { recursive: true, mode: 0o700 });
    this.keys = new FileKeys(join(folder, 'keys'));
    this.checkpoints = new FileCheckpoints(join(folder, 'checkpoints'));
    this.recordings = new FileRecordings(join(folder, 'recordings'));
  }

  /** @param segmentBytes a segment that has reached it is followed by another */
  static async open(folder: string, segmentBytes: number): Promise<FileStore> {
    return new FileStore(folder, segmentBytes);
  }

  /** A folder is there; what it refuses later is told by what was to be written. */
  async reach(): Promise<void> {}

  append(lines: readonly string[]): Promise<AppendOutcome> {
    const batch = readIncoming(lines);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#writing ??= this.#writeWaiting();
    });
  }

  async *find(query: EventQuery): AsyncGenerator<StoredLine> {
    const files = new Map<string, number>();
    let after: IndexedPlace | undefined;
    const nextPage = (index: SegmentIndex) => index.page(query, after);
    try {
      do {
        const page = await (after === undefined ? this.#inFreshIndex(nextPage) : this.#inIndex(nextPage));
        for (const { segment, line, offset, length, late } of page) {
          let file = files.get(segment);
          if (file === undefined) {
            file = openSync(join(this.#segments, segment), 'r');
            files.set(segment, file);
          }
          const bytes = Buffer.alloc(length);
          readSync(file, bytes, 0, length, offset);
          yield { line: bytes.toString(), where: placeOf(segment, line), late };
        }
        after = page[pageRows - 1];
      } while (after !== undefined);
    } finally {
      for (const file of files.values()) closeSync(file);
    }
  }

  async *scan(): AsyncGenerator<Scanned> {
    for (const segment of this.#segmentNames()) {
      for await (const batch of scanSegment(join(this.#segments, segment), segment)) {
        for (const problem of batch.problems) yield { kind: 'problem', ...problem };
        const moved = movedLine(segment, batch);
        if (moved !== undefined) yield { kind: 'problem', ...moved };
        for (const { text, line, late } of batch.lines) {
          yield { kind: 'event', line: text, where: placeOf(segment, line), late };
        }
        if (batch.position !== undefined) {
          const { bytes, hash, lines } = batch.position;
          const where = placeOf(segment, lines);
          yield { kind: 'position', segment, bytes, hash, where };
          if (batch.sealed > 0) yield { kind: 'sealed', n: batch.sealed, where };
        }
      }
    }
  }

  async gaps(quietMs: number): Promise<Gap[]> {
    return this.#inFreshIndex((index) => index.gaps(Date.now() - quietMs));
  }

  async seal(sign: SignCheckpoint, unlessYoungerThanMs: number): Promise<StoredCheckpoint | undefined> {
    return this.#inFreshIndex((index) =>
      index.transaction(() => {
        const last = this.checkpoints.lastNow();
        const at = new Date();
        const lastAt = last === undefined ? undefined : readCheckpoint(last.line)?.at;
        if (isTooYoung(lastAt, at, unlessYoungerThanMs)) return undefined;
        const { chains, segments, allChains } = index.unsealed();
        if (chains.length + segments.length === 0) return undefined;
        const leaves = [...chains, ...segments].map(leafLine);
        const n = (last?.n ?? 0) + 1;
        const prev = last === undefined ? '' : checkpointHash(last.line);
        const line = sign({ n, at, prev, leaves, chains: allChains }, lastAt);
        if (!this.checkpoints.create(n, line, leaves)) return undefined;
        index.markSealed();
        return { n, line, leaves, where: `checkpoints/${n}` };
      }),
    );
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#writer?.close();
    (await this.#index?.catch(() => undefined))?.close();
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      try {
        const outcomes = await this.#write(taken.map(({ batch }) => batch));
        taken.forEach(({ resolve }, i) => {
          resolve(outcomes[i]!);
        });
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    // In the same turn as the look at the queue above: what comes next starts the writing anew.
    this.#writing = undefined;
  }

  async #write(batches: readonly IncomingBatch[]): Promise<AppendOutcome[]> {
    const refused = batches.flatMap((batch) => batch.refused);
    if (refused.length > 0) await this.#keepRefused(refused);
    const outcomes = batches.map(({ duplicates, refused: { length } }) => ({
      stored: 0,
      duplicates,
      late: 0,
      refused: length,
      conflicts: [] as ChainPlace[],
    }));
    const known = await this.#inIndex((index) =>
      index.look(batches.flatMap(({ events }) => events.map(({ event }) => event))),
    );
    const taken = new Set<string>();
    const fresh = batches.flatMap(({ events }, i) =>
      events.flatMap((incoming) => {
        const { event } = incoming;
        const outcome = outcomes[i]!;
        const { presence, late } = known.get(event)!;
        if (presence === 'same' || taken.has(event.hash)) {
          outcome.duplicates++;
          return [];
        }
        taken.add(event.hash);
        outcome.stored++;
        if (late) outcome.late++;
        if (presence === 'other') {
          outcome.conflicts.push({ session: event.session, epoch: event.epoch, seq: event.seq });
        }
        return [{ ...incoming, late }];
      }),
    );
    if (fresh.length === 0) return outcomes;
    fresh.sort((a, b) => inChainOrder(a.event, b.event));
    const writer = await this.#writable();
    const late = fresh.flatMap((one, i) => (one.late ? [i] : []));
    const written = await writer.append(
      fresh.map(({ line }) => line),
      late,
      this.checkpoints.lastSeen,
    );
    const entries = fresh.map(({ event, late }, i) => ({ event, place: { ...written.places[i]!, late } }));
    await this.#inIndex((index) => index.add(writer.name, entries, written.position, Date.now()));
    return outcomes;
  }

  /** In an index with all that any recorder has written so far. */
  #inFreshIndex<T>(work: (index: SegmentIndex) => T): Promise<T> {
    return this.#inIndex(work, (index) => catchUp(index, this.#segments, this.#writer?.name));
  }

  /** Once more in one that is made anew, should it turn out to be damaged. */
  async #inIndex<T>(
    work: (index: SegmentIndex) => T,
    prepare: (index: SegmentIndex) => Promise<void> = async () => {},
  ): Promise<T> {
    for (let isAgain = false; ; isAgain = true) {
      this.#index ??= this.#openIndex();
      const opened = this.#index;
      let index: SegmentIndex | undefined;
      try {
        index = await opened;
        await prepare(index);
        return work(index);
      } catch (error) {
        const isReplaced = this.#index !== opened;
        if (!isReplaced && (index === undefined || isDamaged(error))) this.#index = undefined;
        if (isAgain || !(isReplaced || isDamaged(error))) throw error;
        if (isReplaced) continue;
        index?.close();
        SegmentIndex.remove(this.#folder);
      }
    }
  }

  /**
   * When first needed: whoever only reads as it lies needs none. It begins with all that was written, by this recorder
   * too, since a batch that is noted stands for all before it.
   */
  async #openIndex(): Promise<SegmentIndex> {
    const index = SegmentIndex.open(this.#folder);
    try {
      await catchUp(index, this.#segments);
      return index;
    } catch (error) {
      index.close();
      throw error;
    }
  }

  /** The segment that takes the next batch. */
  async #writable(): Promise<SegmentWriter> {
    if (this.#writer !== undefined && (this.#writer.isBroken || this.#writer.bytes >= this.#segmentBytes)) {
      await this.#writer.close();
      this.#writer = undefined;
    }
    const time = new Date().toISOString().replaceAll(/[-:.]/g, '');
    this.#writer ??= await SegmentWriter.create(
      this.#segments,
      `${time}-${this.#recorder}-${this.#segmentCount++}${segmentSuffix}`,
    );
    return this.#writer;
  }

  async #keepRefused(refused: readonly RefusedLine[]): Promise<void> {
    const file = await open(join(this.#folder, `refused-${this.#recorder}.jsonl`), 'a', 0o600);
    try {
      const at = new Date().toISOString();
      await file.appendFile(refused.map((one) => `${JSON.stringify({ at, ...one })}\n`).join(''));
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  #segmentNames(): string[] {
    if (!existsSync(this.#segments)) return [];
    return readdirSync(this.#segments)
      .filter((name) => name.endsWith(segmentSuffix))
      .sort();
  }
}

/** In a batch events are in the order of their chains; in one that was changed, the first that is not is named. */
function movedLine(segment: string, { lines, problems }: ScannedBatch): SegmentProblem | undefined {
  if (!problems.some(({ problem }) => problem === 'edited')) return undefined;
  let before: ChainPlace | undefined;
  for (const { text, line } of lines) {
    const parsed = parseEventLine(text);
    if (!('event' in parsed)) continue;
    if (before !== undefined && inChainOrder(before, parsed.event) > 0) {
      const { session, epoch, seq } = parsed.event;
      const detail = `session ${session}, epoch ${epoch}, seq ${seq} stands behind what comes after it`;
      return { problem: 'reordered', where: placeOf(segment, line), detail };
    }
    before = parsed.event;
  }
  return undefined;
}
