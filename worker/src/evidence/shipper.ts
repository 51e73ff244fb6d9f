import { stat, unlink } from 'node:fs/promises';
import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { type Batch, batchId, storedUntil } from '@vjj/shared/evidence/batch.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import type { Redis } from 'ioredis';
import type { JobProducer } from '../queues/job-producer.ts';
import { readPart } from './segment-lines.ts';
import type { Spill } from './spill.ts';
import type { SpillFolder } from './spill-folder.ts';

export interface ShipperOptions {
  folder: SpillFolder;
  spill: Spill;
  queue: JobProducer;
  redis: Redis;
  keys: Keys;
  log: Logger;
  timing?: Partial<ShipperTiming>;
}

export interface ShipperTiming {
  /** How often it looks for what is new and what was stored. */
  periodMs: number;
  /** What the recorder has not confirmed by then is sent again; a job that still waits is not doubled. */
  resendAfterMs: number;
  /** How often it looks for what dead processes left. */
  adoptEveryMs: number;
  /** A segment that is written for so long is closed, so that it can be deleted. */
  rollAfterMs: number;
}

const usual: ShipperTiming = {
  periodMs: 1000,
  resendAfterMs: 30_000,
  adoptEveryMs: 10_000,
  rollAfterMs: 30_000,
};
const slowestRetryMs = 5000;
/** What may be on its way unconfirmed: a recorder that stands still must not fill Redis. */
const mostUnconfirmedBytes = 8 * 1024 * 1024;

const sentBatches = counter('vjj_evidence_batches_total', 'batches of evidence handed to the queue');
const tornLines = counter(
  'vjj_evidence_torn_lines_total',
  'unfinished last lines that killed processes left',
);

/** How far a segment is on its way. */
interface Progress {
  /** Stored by the recorder without a gap, from the beginning. */
  stored: number;
  sent: number;
  /** Since when the oldest unconfirmed batch is on its way; undefined: none is. */
  sentSinceMs: number | undefined;
  /** Where the last whole line ends, if a torn one follows. */
  tornAt?: number;
}

/**
 * Sends what stands in the spill to the recorder, and deletes a segment once all of it is stored. Whatever dies
 * between here and there, what is not confirmed is sent again: the chain makes duplicates harmless.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #timing: ShipperTiming;
  readonly #progress = new Map<string, Progress>();
  #timer: NodeJS.Timeout | undefined;
  /** Apart from the passes, which a Redis that stands still makes long: a sign that fails to come costs the folder. */
  readonly #signs: NodeJS.Timeout;
  #pass: Promise<void> = Promise.resolve();
  #isClosed = false;
  #failures = 0;
  #adoptedMs = Number.NEGATIVE_INFINITY;
  #rolledMs = monotonicMs();

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#timing = { ...usual, ...options.timing };
    this.#signs = setInterval(() => void options.folder.touch(), this.#timing.adoptEveryMs).unref();
  }

  start(): void {
    this.#schedule(0);
  }

  /** Sends what is left for as long as that may take; what is not stored by then the next process sends. */
  async close(limitMs: number): Promise<void> {
    clearTimeout(this.#timer);
    this.#isClosed = true;
    const endMs = monotonicMs() + limitMs;
    this.#options.spill.roll();
    await this.#pass;
    while (monotonicMs() < endMs && (await this.#options.folder.segments()).length > 0) {
      await this.#onePass();
      await new Promise((resolve) => setTimeout(resolve, Math.min(50, limitMs)));
    }
    clearInterval(this.#signs);
    await this.#options.folder.leave();
  }

  #schedule(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#pass = this.#onePass().then(() => this.#schedule(this.#pauseMs()));
    }, ms);
    this.#timer.unref();
  }

  #pauseMs(): number {
    if (this.#failures === 0) return this.#timing.periodMs;
    return Math.min(slowestRetryMs, this.#timing.periodMs * 2 ** this.#failures) * (0.5 + Math.random() / 2);
  }

  async #onePass(): Promise<void> {
    try {
      await this.#adopt();
      const failures: unknown[] = [];
      const segments = await this.#options.folder.segments();
      this.#forgetGone(segments);
      for (const segment of segments) {
        // One that cannot be read must not keep the others back.
        await this.#ship(segment).catch((error: unknown) => failures.push(error));
      }
      this.#rollOld();
      if (failures.length > 0) throw failures[0];
      if (this.#failures > 0) this.#options.log.info('evidence is on its way to the recorder again');
      this.#failures = 0;
    } catch (error) {
      if (this.#failures++ === 0)
        this.#options.log.warn(
          { err: (error as Error).message },
          'evidence cannot be handed to the recorder; it stays in the spill',
        );
    }
  }

  async #adopt(): Promise<void> {
    const { folder, log } = this.#options;
    const now = monotonicMs();
    if (now - this.#adoptedMs < this.#timing.adoptEveryMs) return;
    this.#adoptedMs = now;
    const processes = await folder.adopt();
    if (processes > 0) log.info({ processes }, 'sending the evidence that dead processes left');
  }

  /** What went with a folder that another process took is on its way from there, and takes no room here. */
  #forgetGone(segments: readonly string[]): void {
    const there = new Set(segments).add(this.#options.spill.current.segment);
    for (const segment of this.#progress.keys()) if (!there.has(segment)) this.#progress.delete(segment);
  }

  /** A segment that is all stored but still written to could never be deleted. */
  #rollOld(): void {
    const now = monotonicMs();
    if (now - this.#rolledMs < this.#timing.rollAfterMs) return;
    this.#rolledMs = now;
    this.#options.spill.roll();
  }

  async #ship(segment: string): Promise<void> {
    const { folder, keys, redis, spill } = this.#options;
    const path = folder.segmentPath(segment);
    const isCurrent = segment === spill.current.segment;
    const size = isCurrent ? spill.current.bytes : (await stat(path)).size;
    const progress = await this.#progressOf(segment);
    if (progress.sent > progress.stored) await this.#confirm(segment, progress);
    if (progress.stored >= (progress.tornAt ?? size) && !isCurrent) {
      await unlink(path);
      this.#progress.delete(segment);
      // What is left of it ends by itself.
      await redis.del(keys.stored(segment)).catch(() => undefined);
      return;
    }
    await this.#send(segment, progress, { path, size, isCurrent });
  }

  async #progressOf(segment: string): Promise<Progress> {
    const known = this.#progress.get(segment);
    if (known !== undefined) return known;
    // Of a dead process's segment a part may be stored already.
    const { keys, redis, spill } = this.#options;
    const isOwn = segment === spill.current.segment;
    const stored = isOwn ? 0 : await storedUntil(redis, keys, segment);
    const progress: Progress = { stored, sent: stored, sentSinceMs: undefined };
    this.#progress.set(segment, progress);
    return progress;
  }

  async #confirm(segment: string, progress: Progress): Promise<void> {
    const { keys, log, redis } = this.#options;
    const stored = await storedUntil(redis, keys, segment, progress.stored);
    const now = monotonicMs();
    if (stored > progress.stored) {
      progress.stored = stored;
      progress.sentSinceMs = progress.sent > stored ? now : undefined;
      return;
    }
    // A Redis that came back empty, a recorder that lost it: nobody else will say so.
    if (now - (progress.sentSinceMs ?? now) < this.#timing.resendAfterMs) return;
    log.warn(
      { segment, bytes: progress.sent - progress.stored },
      'evidence was not stored in time; sending it again',
    );
    progress.sent = progress.stored;
    progress.sentSinceMs = undefined;
  }

  async #send(
    segment: string,
    progress: Progress,
    { path, size, isCurrent }: { path: string; size: number; isCurrent: boolean },
  ): Promise<void> {
    const batches: Batch[] = [];
    let from = progress.sent;
    let room = mostUnconfirmedBytes - this.#unconfirmedBytes;
    while (from < size && room > 0 && progress.tornAt === undefined) {
      const part = await readPart(path, from, size);
      if (part === undefined) {
        if (!isCurrent) this.#onTorn(segment, progress, from, size);
        break;
      }
      batches.push({ v: 1, segment, from, to: part.to, lines: part.lines });
      room -= part.to - from;
      from = part.to;
    }
    if (batches.length === 0) return;
    await this.#options.queue.add(batches.map((batch) => ({ data: batch, id: batchId(batch) })));
    sentBatches.inc(batches.length);
    progress.sent = from;
    progress.sentSinceMs ??= monotonicMs();
  }

  /** The process was killed while it wrote; nobody can have seen the effect of that event. */
  #onTorn(segment: string, progress: Progress, from: number, size: number): void {
    progress.tornAt = from;
    tornLines.inc();
    this.#options.log.warn(
      { segment, at: from, bytes: size - from },
      'a segment ends in a torn line, which is left out',
    );
  }

  get #unconfirmedBytes(): number {
    let bytes = 0;
    for (const { sent, stored } of this.#progress.values()) bytes += sent - stored;
    return bytes;
  }
}
