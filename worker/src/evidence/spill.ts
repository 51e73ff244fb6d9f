import { closeSync, openSync, writeSync } from 'node:fs';
import type { Logger } from '@vjj/shared/log.ts';
import { counter, workSeconds } from '@vjj/shared/metrics.ts';
import type { SpillFolder } from './spill-folder.ts';

export interface SpillOptions {
  folder: SpillFolder;
  log: Logger;
  /** From this size on the next lines go to another segment. */
  segmentBytes?: number;
  /** What is kept in memory while the disk takes nothing. */
  memoryBytes?: number;
}

const usualSegmentBytes = 1024 * 1024;
const usualMemoryBytes = 32 * 1024 * 1024;
const retryMs = 500;

const failures = counter(
  'vjj_evidence_write_failures_total',
  'times evidence could not be written to the spill',
);

const writeSeconds = workSeconds(
  'vjj_evidence_write_seconds',
  'what writing the events of one turn of the event loop to the spill takes of it',
);

/**
 * Where evidence is before the recorder has it. Lines of one turn of the event loop are written with one call, by
 * `flush` at the latest: what sends to clients calls it first, so a client sees nothing whose evidence is not with
 * the operating system. From there it survives the death of this process; it is not synced to the disk itself.
 */
export class Spill {
  readonly #folder: SpillFolder;
  readonly #log: Logger;
  readonly #segmentBytes: number;
  readonly #memoryBytes: number;
  #lines: string[] = [];
  /** Written to no file yet, because that failed. */
  #unwritten: Buffer[] = [];
  #unwrittenBytes = 0;
  #fd: number | undefined;
  #segmentNumber = 0;
  #written = 0;
  #isFlushScheduled = false;
  #retry: NodeJS.Timeout | undefined;

  constructor({ folder, log, segmentBytes, memoryBytes }: SpillOptions) {
    this.#folder = folder;
    this.#log = log;
    this.#segmentBytes = segmentBytes ?? usualSegmentBytes;
    this.#memoryBytes = memoryBytes ?? usualMemoryBytes;
  }

  /** The segment that is being written, and how much of it stands in its file. */
  get current(): { segment: string; bytes: number } {
    return { segment: this.#segment, bytes: this.#written };
  }

  /** The disk takes nothing: calls go on from memory, new ones are to be refused. */
  get isFailing(): boolean {
    return this.#retry !== undefined;
  }

  /** And memory is at its limit too: no more evidence may be made than what ends the calls. */
  get isExhausted(): boolean {
    return this.#unwrittenBytes > this.#memoryBytes;
  }

  /** @param line without its line break */
  append(line: string): void {
    this.#lines.push(line);
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    setImmediate(this.flush);
  }

  /** Hands all lines to the operating system. Never throws; a disk that fails is tried again. */
  readonly flush = (): void => {
    this.#isFlushScheduled = false;
    if (this.#lines.length === 0) return;
    const beganMs = performance.now();
    this.#lines.push('');
    const bytes = Buffer.from(this.#lines.join('\n'));
    this.#lines = [];
    this.#unwritten.push(bytes);
    this.#unwrittenBytes += bytes.length;
    if (this.#retry === undefined) this.#write();
    writeSeconds.observe((performance.now() - beganMs) / 1000);
  };

  /** Lets the next lines begin another segment, so that this one can be deleted once it is stored. */
  roll(): void {
    if (this.#written === 0 || this.#unwrittenBytes > 0) return;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#segmentNumber++;
    this.#written = 0;
  }

  /** Nothing is written after this. */
  close(): void {
    this.flush();
    clearTimeout(this.#retry);
    if (this.isFailing) this.#write();
    clearTimeout(this.#retry);
    if (this.#unwrittenBytes > 0)
      this.#log.fatal(
        { bytes: this.#unwrittenBytes },
        'evidence is lost: the disk did not take it to the end',
      );
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  get #segment(): string {
    return `${this.#folder.name}-${String(this.#segmentNumber).padStart(6, '0')}`;
  }

  #write(): void {
    try {
      if (this.#folder.isLost) this.#moveOn();
      this.#fd ??= openSync(this.#folder.segmentPath(this.#segment), 'a', 0o600);
      for (let bytes = this.#unwritten[0]; bytes !== undefined; bytes = this.#unwritten[0]) {
        const count = writeSync(this.#fd, bytes);
        this.#written += count;
        this.#unwrittenBytes -= count;
        // A disk may take a part; the rest follows in the same segment.
        if (count === bytes.length) this.#unwritten.shift();
        else this.#unwritten[0] = bytes.subarray(count);
      }
    } catch (error) {
      this.#onFailure(error as NodeJS.ErrnoException);
      return;
    }
    if (this.#retry !== undefined) {
      this.#retry = undefined;
      this.#log.info('evidence is written to the spill again');
    }
    if (this.#written >= this.#segmentBytes) this.roll();
  }

  /** What was written so far is safe where it is. @throws when there is no other place */
  #moveOn(): void {
    this.#folder.renew();
    this.#log.warn(
      'this process stood still for so long that its spill may be somebody else’s; going on in another',
    );
    if (this.#fd !== undefined) closeQuietly(this.#fd);
    this.#fd = undefined;
    this.#segmentNumber = 0;
    this.#written = 0;
  }

  #onFailure(error: NodeJS.ErrnoException): void {
    failures.inc();
    if (this.#retry === undefined) {
      this.#log.error(
        { code: 'EVIDENCE_FULL', err: error.message },
        'evidence cannot be written to AUDIT_SPILL_DIR; it is kept in memory, and new calls are refused',
      );
    }
    // The file is opened anew: the disk may come back as another one.
    if (this.#fd !== undefined) closeQuietly(this.#fd);
    this.#fd = undefined;
    this.#retry = setTimeout(() => this.#write(), retryMs);
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // what it could say was said
  }
}
