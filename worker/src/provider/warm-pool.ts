import type { Logger } from '@vjj/shared/log.ts';

/** A connection that waits for its caller. */
export interface Warm {
  /** Still usable. */
  isOpen(): boolean;
  /** Called once when it closes by itself. */
  onceClosed(listener: () => void): void;
  /** Asks for a sign of life; one that gave none since it was asked last closes. */
  checkAlive(): void;
  close(): void;
}

export interface WarmPoolOptions<T> {
  /** Kept ready even when nobody calls. */
  min: number;
  /** Never more than this, and never more than `room` allows. */
  max: number;
  /** How many connections the fleet still leaves this process. */
  room: () => number;
  log: Logger;
  random?: () => number;
  /** Makes a connection ready that is to wait. @throws when it is of no use; it is closed then */
  prepare?: (connection: T) => Promise<void>;
}

/** A connection is replaced after this: the service ends it some day, and settings change. */
const maxIdleMs = 5 * 60_000;
/** Waiting connections are asked for a sign of life so often; it keeps them known to what stands on the way, too. */
const checkPeriodMs = 20_000;
/**
 * Where nobody waits for them, so many are begun at a time, and in so many milliseconds the next ones. An event loop that
 * is busy with calls has less time to spare: what a burst of a thousand has taken is back in 13 seconds, or in a hundred.
 */
const refillWhenIdle = 8;
const refillWhenBusy = 1;
const refillDelayMs = 100;
const busyUtilization = 0.5;
/** So many are on their way at most, however long the service takes to answer. */
const mostOpening = 32;
/** Of the first ones: processes are not to refill in step. */
const refillJitterMs = 200;
const firstRetryMs = 1000;
const slowestRetryMs = 60_000;
/** The largest burst of this long is what the pool is made ready for. */
const burstMs = 1000;
/** How long a burst is remembered. */
const memoryMs = 5 * 60_000;

/**
 * Connections made before anyone calls, so that a caller does not wait for the handshake. Sized by the largest
 * burst of the last minutes. A caller who finds it empty opens a connection at once, without any limit on how
 * many do so together: waiting for a turn made bursts slower than having no pool.
 */
export class WarmPool<T extends Warm> {
  readonly #open: () => Promise<T>;
  readonly #options: WarmPoolOptions<T>;
  readonly #random: () => number;
  readonly #idle = new Map<T, NodeJS.Timeout>();
  readonly #bursts: { atMs: number; count: number }[] = [];
  #opening = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer was set. */
  #utilization = performance.eventLoopUtilization();
  #retryMs = firstRetryMs;
  /** The service refused: it is not asked again before. */
  #notBeforeMs = 0;
  #isClosed = false;
  readonly #checks: NodeJS.Timeout;

  constructor(open: () => Promise<T>, options: WarmPoolOptions<T>) {
    this.#open = open;
    this.#options = options;
    this.#checks = setInterval(() => {
      for (const connection of [...this.#idle.keys()]) connection.checkAlive();
    }, checkPeriodMs);
    this.#checks.unref();
    this.#random = options.random ?? Math.random;
    this.#refillSoon(0);
  }

  /** Connections that wait. */
  get size(): number {
    return this.#idle.size;
  }

  /** How many should wait now. */
  get target(): number {
    const { min, max, room } = this.#options;
    this.#forgetBursts(performance.now());
    const burst = this.#bursts.reduce((most, { count }) => Math.max(most, count), 0);
    return Math.max(0, Math.min(max, Math.max(min, burst), room()));
  }

  /**
   * A connection: one that waited, or a fresh one.
   * @param suits which of those that wait is best; when none is, any will do
   * @throws what opening throws
   */
  async take(
    nowMs = performance.now(),
    suits: (connection: T) => boolean = () => true,
  ): Promise<{ connection: T; isWarm: boolean }> {
    this.#count(nowMs);
    const waiting = this.#waiting(suits);
    this.#refillSoon(refillDelayMs + this.#random() * refillJitterMs);
    if (waiting !== undefined) return { connection: waiting, isWarm: true };
    return { connection: await this.#open(), isWarm: false };
  }

  /** A connection that did not wait. @throws what opening throws */
  fresh(): Promise<T> {
    return this.#open();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#checks);
    for (const connection of [...this.#idle.keys()]) {
      this.#forget(connection);
      connection.close();
    }
  }

  #waiting(suits: (connection: T) => boolean): T | undefined {
    let any: T | undefined;
    for (const connection of this.#idle.keys()) {
      if (!connection.isOpen()) this.#forget(connection);
      else {
        any ??= connection;
        if (!suits(connection)) continue;
        any = connection;
        break;
      }
    }
    if (any !== undefined) this.#forget(any);
    return any;
  }

  #count(nowMs: number): void {
    this.#forgetBursts(nowMs);
    const last = this.#bursts.at(-1);
    if (last !== undefined && nowMs - last.atMs < burstMs) last.count++;
    else this.#bursts.push({ atMs: nowMs, count: 1 });
  }

  get #missing(): number {
    return this.target - this.#idle.size - this.#opening;
  }

  #forgetBursts(nowMs: number): void {
    while (this.#bursts.length > 0 && this.#bursts[0]!.atMs < nowMs - memoryMs) this.#bursts.shift();
  }

  #refillSoon(delayMs: number): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#utilization = performance.eventLoopUtilization();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#refill();
    }, delayMs);
    this.#timer.unref();
  }

  #refill(): void {
    const pauseMs = this.#notBeforeMs - performance.now();
    if (pauseMs > 0) {
      this.#refillSoon(pauseMs);
      return;
    }
    const { utilization } = performance.eventLoopUtilization(this.#utilization);
    const atOnce = utilization > busyUtilization ? refillWhenBusy : refillWhenIdle;
    const count = Math.min(this.#missing, atOnce, mostOpening - this.#opening);
    for (let i = 0; i < count; i++) void this.#add();
    if (this.#missing > 0 && this.#opening < mostOpening) this.#refillSoon(refillDelayMs);
  }

  async #add(): Promise<void> {
    this.#opening++;
    try {
      const connection = await this.#open();
      await this.#options.prepare?.(connection).catch((error) => {
        connection.close();
        throw error;
      });
      this.#retryMs = firstRetryMs;
      if (this.#isClosed) connection.close();
      else this.#keep(connection);
    } catch (error) {
      const delayMs = this.#retryMs * (0.5 + this.#random());
      this.#options.log.warn(
        { err: (error as Error).message, againInMs: Math.round(delayMs) },
        'could not keep a connection to the voice service ready',
      );
      this.#notBeforeMs = performance.now() + delayMs;
      this.#retryMs = Math.min(slowestRetryMs, this.#retryMs * 2);
    } finally {
      this.#opening--;
    }
    if (this.#missing > 0) this.#refillSoon(refillDelayMs);
  }

  #keep(connection: T): void {
    const recycle = setTimeout(
      () => {
        this.#forget(connection);
        connection.close();
        this.#refillSoon(this.#random() * refillJitterMs);
      },
      maxIdleMs * (0.9 + this.#random() * 0.2),
    );
    recycle.unref();
    this.#idle.set(connection, recycle);
    connection.onceClosed(() => {
      if (this.#forget(connection)) this.#refillSoon(refillDelayMs + this.#random() * refillJitterMs);
    });
  }

  #forget(connection: T): boolean {
    clearTimeout(this.#idle.get(connection));
    return this.#idle.delete(connection);
  }
}
