import type { KeyObject } from 'node:crypto';
import type { Logger } from '@vjj/shared/log.ts';
import { counter, gauge } from '@vjj/shared/metrics.ts';
import { signCheckpoint } from './checkpoint.ts';
import type { CheckpointCopies } from './checkpoint-copies.ts';
import type { AuditStore } from './store.ts';

const lastSeal = gauge('vjj_audit_checkpoint_number', 'number of the last seal this recorder made');
const failedSeals = counter('vjj_audit_seal_failures_total', 'seals that could not be made');
const holes = gauge('vjj_audit_missing_events', 'events missing from chains that got nothing for a minute');

/** A hole this old is not one between two batches on their way. */
const holeAgeMs = 60_000;

export interface SealerOptions {
  store: AuditStore;
  key: KeyObject;
  copies: CheckpointCopies;
  periodMs: number;
  log: Logger;
}

/**
 * Seals the audit trail at its times, and looks for holes in it. All recorders run one; the store lets one of them seal
 * a time, and takes no second seal after the same one.
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #toldHoles = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #isClosed = false;
  #isFailing = false;
  #isClockTold = false;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  start(): void {
    // Several recorders that start together do not all try at once.
    this.#schedule(this.#options.periodMs * (0.5 + Math.random() / 2));
  }

  /** Seals what is not sealed yet, and copies it if that goes at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
    await this.#seal(0);
    await this.#options.copies.copy(this.#options.store.checkpoints);
  }

  #schedule(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#seal(this.#options.periodMs / 2)
        .then(() => this.#lookForHoles())
        .then(() => this.#schedule(this.#options.periodMs));
      // Not waited for: whoever gets the copies may be slow.
      void this.#round.then(() => this.#options.copies.copy(this.#options.store.checkpoints));
    }, ms);
    this.#timer.unref();
  }

  async #seal(unlessYoungerThanMs: number): Promise<void> {
    const { store, key, log } = this.#options;
    try {
      const made = await store.seal((contents, lastAt) => {
        this.#lookAtClock(contents.at, lastAt);
        return signCheckpoint(contents, key).line;
      }, unlessYoungerThanMs);
      if (made !== undefined) {
        lastSeal.set(made.n);
        log.debug({ checkpoint: made.n, leaves: made.leaves.length }, 'sealed');
      }
      if (this.#isFailing) log.info('the audit trail is sealed again');
      this.#isFailing = false;
    } catch (error) {
      failedSeals.inc();
      if (!this.#isFailing) log.error({ err: error }, 'the audit trail could not be sealed');
      this.#isFailing = true;
    }
  }

  /** What is off by less is the difference between the clocks of two hosts. */
  #lookAtClock(at: Date, lastAt: string | undefined): void {
    const { periodMs, log } = this.#options;
    if (this.#isClockTold || lastAt === undefined) return;
    if (Date.parse(lastAt) - at.getTime() < periodMs / 2) return;
    this.#isClockTold = true;
    log.warn(
      { lastAt, at },
      'the last seal is of a time to come: the clock that made it was ahead, or this one is behind',
    );
  }

  async #lookForHoles(): Promise<void> {
    const { store, log } = this.#options;
    const found = await store.gaps(holeAgeMs).catch(() => undefined);
    if (found === undefined) return;
    holes.set(found.reduce((total, { missing }) => total + missing, 0));
    for (const { session, epoch, missing, lastSeq } of found) {
      const name = `${session}:${epoch}`;
      if (this.#toldHoles.has(name)) continue;
      this.#toldHoles.add(name);
      log.warn(
        { session, epoch, missing, lastSeq },
        'events of a chain are missing; their worker may still have them',
      );
    }
  }
}
