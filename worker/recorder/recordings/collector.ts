import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@vjj/shared/log.ts';
import { counter, gauge } from '@vjj/shared/metrics.ts';
import { isOwned, ownerFile } from '../../src/evidence/spill-owner.ts';
import { finishedSuffix, unfinishedSuffix } from '../../src/recording/recording-file.ts';
import { headOf } from '../audit/files/file-recordings.ts';
import type { RecordingStore } from '../audit/store.ts';

const usualPeriodMs = 1000;

const collected = counter('vjj_recordings_stored_total', 'recordings of calls that were stored');
const waiting = gauge('vjj_recordings_waiting', 'recordings of this host that are to be stored');

export interface CollectorOptions {
  /** RECORDING_DIR, the same as the workers'. */
  folder: string;
  store: RecordingStore;
  log: Logger;
  periodMs?: number;
}

/**
 * Takes the recordings that workers of this host have finished, and what dead ones have left, into the store.
 * Audio goes through no queue. What cannot be stored stays where it is and is tried again.
 */
export class Collector {
  readonly #options: CollectorOptions;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();
  #isClosed = false;
  #isFailing = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#pass = this.#collect().then(() => this.start());
    }, this.#options.periodMs ?? usualPeriodMs).unref();
  }

  /** What is there when it is called is still stored. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#pass;
    await this.#collect();
  }

  async #collect(): Promise<void> {
    const { folder, log } = this.#options;
    let left = 0;
    let failure: Error | undefined;
    for (const name of await readdir(folder).catch(() => [])) {
      // Nobody else's folders are touched, whatever RECORDING_DIR names.
      if (!/^[0-9a-z]+-\d+-[0-9a-f]{8}$/.test(name)) continue;
      const of = join(folder, name);
      const isOwnerAlive = (await isOwned(of)) !== false;
      const files = await readdir(of).catch(() => undefined);
      if (files === undefined) continue; // what cannot be read may hold something
      for (const file of files) {
        const isFinished = file.endsWith(finishedSuffix);
        if (!isFinished && (isOwnerAlive || !file.endsWith(unfinishedSuffix))) continue;
        try {
          await this.#take(join(of, file));
        } catch (error) {
          // Another recorder was quicker.
          if (!existsSync(join(of, file))) continue;
          left++;
          failure = error as Error;
        }
      }
      // Whoever is alive may be about to write; what could not be stored stays. Another recorder may do the same.
      if (isOwnerAlive || left > 0) continue;
      await rm(join(of, ownerFile), { force: true }).catch(() => undefined);
      await rmdir(of).catch(() => undefined);
    }
    waiting.set(left);
    if (failure !== undefined && !this.#isFailing)
      log.error({ err: failure.message }, 'recordings cannot be stored; they stay in RECORDING_DIR');
    if (failure === undefined && this.#isFailing) log.info('recordings are stored again');
    this.#isFailing = failure !== undefined;
  }

  async #take(path: string): Promise<void> {
    const { log, store } = this.#options;
    const head = await headOf(path);
    if (head === undefined) {
      // A worker that was killed before the first line was whole, or a file of somebody else's.
      log.warn({ path }, 'this is no recording; it is removed');
      await rm(path, { force: true });
      return;
    }
    if ((await store.take(path, head)) === 'stored') collected.inc();
  }
}
