/** Milliseconds on a clock that never jumps: for deadlines and durations inside a process. */
export function monotonicMs(): number {
  return performance.now();
}

/** A process-wide beat: one timer, however many listeners. */
export class Ticker {
  readonly #listeners = new Set<(nowMs: number) => void>();
  readonly #periodMs: number;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onError told what a listener threw; that one is removed, and the others go on */
  constructor(
    periodMs: number,
    onError: (error: unknown) => void = (error) => {
      throw error;
    },
  ) {
    this.#periodMs = periodMs;
    this.#onError = onError;
  }

  /** Calls the listener every period until it is removed; the timer runs only while somebody listens. */
  add(listener: (nowMs: number) => void): void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#tick(), this.#periodMs);
  }

  remove(listener: (nowMs: number) => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #tick(): void {
    const now = monotonicMs();
    for (const listener of this.#listeners) {
      try {
        listener(now);
      } catch (error) {
        this.remove(listener);
        this.#onError(error);
      }
    }
  }
}
