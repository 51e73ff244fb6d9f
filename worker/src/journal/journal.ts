import { monotonicMs } from '@vjj/shared/clock.ts';
import { type JournalWrite, writeJournals } from '@vjj/shared/control/journal.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import type { Redis } from 'ioredis';
import type { Hosted } from '../calls.ts';

/** An answer that is being played moves on by itself; where it is, is written once in this time. */
const beatMs = 1000;
/** A journal nobody changes is written again after this: so its owner learns that it no longer is, and it does not run out. */
const refreshMs = 10_000;
/** So many are written in one go. */
const batch = 128;

const writes = counter('vjj_journal_writes_total', 'journals written, by outcome', ['outcome']);

export interface JournalOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  calls: { all(): Iterable<Hosted> };
  /** What callers were told leaves first: what they are told twice does no harm, what they never hear does. */
  beforeWrite: () => void;
  /** Whether this process still holds its lease; without it nothing is written. */
  isFenced: () => boolean;
  /** A pin says that another worker has the session. */
  onLost: (hosted: Hosted) => void;
  /** Redis has forgotten whose the session is. */
  onForgotten: (hosted: Hosted) => void;
}

/**
 * Writes down what another worker would need to go on with the calls of this one: what changed at the end of the turn
 * of the event loop, what moves by itself with the beat, all of it together. No call ever waits for it.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #due = new Set<Hosted>();
  readonly #writing = new Set<Hosted>();
  readonly #writtenMs = new WeakMap<Hosted, number>();
  readonly #idle = new Map<Hosted, (() => void)[]>();
  readonly #timer: NodeJS.Timeout;
  #isScheduled = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#beat(), beatMs);
    this.#timer.unref();
  }

  /** Another worker would have to know at once what has changed. */
  changed(hosted: Hosted): void {
    this.#due.add(hosted);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  /** Resolves when nothing more of that session is being written. */
  async settled(hosted: Hosted): Promise<void> {
    this.#due.delete(hosted);
    await this.#written(hosted);
  }

  /** Writes all there is to say of a session. @returns false: that cannot be done now */
  async write(hosted: Hosted): Promise<boolean> {
    await this.#written(hosted); // what is under way may be older
    const before = this.#writtenMs.get(hosted);
    this.#due.add(hosted);
    this.#flush();
    await this.#written(hosted);
    return !hosted.session.hasJournal || this.#writtenMs.get(hosted) !== before;
  }

  async #written(hosted: Hosted): Promise<void> {
    if (!this.#writing.has(hosted)) return;
    await new Promise<void>((resolve) =>
      this.#idle.set(hosted, [...(this.#idle.get(hosted) ?? []), resolve]),
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const now = monotonicMs();
    for (const hosted of this.#options.calls.all()) {
      const { session } = hosted;
      if (session.isJournalStale || now - (this.#writtenMs.get(hosted) ?? 0) > refreshMs)
        this.#due.add(hosted);
      // Nothing but silence since it was written.
      else if (!this.#writing.has(hosted)) session.acknowledge();
    }
    this.#flush();
  }

  #flush(): void {
    const { beforeWrite, isFenced, redis } = this.#options;
    if (this.#due.size === 0 || isFenced() || redis.status !== 'ready') return;
    beforeWrite();
    const now = monotonicMs();
    let entries: { hosted: Hosted; frame: number; write: JournalWrite }[] = [];
    for (const hosted of [...this.#due]) {
      if (this.#writing.has(hosted)) continue;
      this.#due.delete(hosted);
      const state = hosted.session.journal(now);
      if (state === undefined) continue;
      this.#writing.add(hosted);
      const { id: session, pin } = hosted;
      entries.push({ hosted, frame: state.frame, write: { session, pin, data: state.data } });
      if (entries.length < batch) continue;
      void this.#write(entries);
      entries = [];
    }
    if (entries.length > 0) void this.#write(entries);
  }

  async #write(entries: { hosted: Hosted; frame: number; write: JournalWrite }[]): Promise<void> {
    const { keys, log, onForgotten, onLost, redis } = this.#options;
    const outcomes = await writeJournals(
      redis,
      keys,
      entries.map(({ write }) => write),
    ).catch((error: Error) => entries.map(() => error));
    const firstFailed = outcomes.findIndex((outcome) => outcome instanceof Error);
    if (firstFailed >= 0) {
      const { message: err } = outcomes[firstFailed] as Error;
      const journals = outcomes.filter((outcome) => outcome instanceof Error).length;
      const { session } = entries[firstFailed]!.write;
      log.warn({ err, session, journals }, 'journals could not be written; trying again');
    }
    let hasMore = false;
    for (const [i, { hosted, frame, write }] of entries.entries()) {
      const outcome = outcomes[i]!;
      writes.inc({ outcome: outcome instanceof Error ? 'failed' : outcome });
      this.#writing.delete(hosted);
      for (const tell of this.#idle.get(hosted) ?? []) tell();
      this.#idle.delete(hosted);
      hasMore ||= this.#due.has(hosted);
      if (outcome === 'written') {
        this.#writtenMs.set(hosted, monotonicMs());
        hosted.session.acknowledge(frame);
      } else {
        hosted.session.markStale();
        // Written under a pin the session has no more: the next one tells.
        if (outcome instanceof Error || write.pin !== hosted.pin) continue;
        if (outcome === 'not_ours') onLost(hosted);
        else onForgotten(hosted);
      }
    }
    if (hasMore) this.#flush();
  }
}
