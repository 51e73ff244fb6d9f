import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import { recordDeed } from '../audit/record-deed.ts';
import type { AuditStore } from '../audit/store.ts';

const periodMs = 3_600_000;
const dayMs = 86_400_000;

const removed = counter('vjj_recordings_removed_total', 'recordings removed since they were too old');

export interface RetentionOptions {
  store: AuditStore;
  /** RECORDINGS_KEEP_DAYS; 0: for ever. */
  keepDays: number;
  /** After a failure. */
  againMs?: number;
  log: Logger;
}

/**
 * Removes recordings that may not be kept any longer, at its start and every hour (after a failure a minute later), and
 * puts that on record. All recorders run one; what several find at once is told by each of them and removed once.
 */
export class Retention {
  readonly #options: RetentionOptions;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    const { keepDays, againMs = 60_000 } = this.#options;
    this.#pass = this.#remove().then((isDone) => {
      // Where all are kept there is nothing to look for but what dead recorders have left half done.
      if (this.#isClosed || keepDays === 0) return;
      this.#timer = setTimeout(() => this.start(), isDone ? periodMs : againMs).unref();
    });
  }

  /** A removal that goes on is finished. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  /** @returns false: it failed */
  async #remove(): Promise<boolean> {
    const { store, keepDays, log } = this.#options;
    const atMs = Date.now();
    const beforeMs = keepDays === 0 ? 0 : atMs - keepDays * dayMs;
    const before = new Date(beforeMs).toISOString();
    try {
      // Written first: a recording that is missing without a word would look like somebody's doing.
      const count = await store.recordings.removeBefore(beforeMs, async (recordings) => {
        const payload = { recordings, keepDays, before };
        await recordDeed(store, { chain: 'retention', atMs, type: 'recordings.removed', payload });
      });
      removed.inc(count);
      if (count > 0)
        log.info({ recordings: count, keepDays, before }, 'recordings too old to keep were removed');
      return true;
    } catch (error) {
      log.error({ err: error }, 'recordings too old to keep could not be removed; it is tried again soon');
      return false;
    }
  }
}
