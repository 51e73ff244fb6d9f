/** Resolution of every delay in the emulator, ms. */
const TICK_MS = 5;
const SLOTS = 2048;

export interface WheelTimer {
  cancel(): void;
}

interface Entry extends WheelTimer {
  dueTick: number;
  run: (() => void) | undefined;
}

/**
 * One interval for all sessions' delays. It runs only while something is scheduled, so an idle
 * process sleeps.
 */
export class TimerWheel {
  readonly #slots: Entry[][] = Array.from({ length: SLOTS }, () => []);
  readonly #startedAt = performance.now();
  #tick = 0;
  #pending = 0;
  #interval: NodeJS.Timeout | undefined;

  /** Runs `run` once, `delayMs` from now (never sooner, at most a tick later when the loop keeps up). */
  schedule(delayMs: number, run: () => void): WheelTimer {
    if (this.#pending === 0) this.#start();
    const dueTick = Math.max(
      this.#tick + 1,
      Math.ceil((performance.now() - this.#startedAt + Math.max(0, delayMs)) / TICK_MS),
    );
    const entry: Entry = {
      dueTick,
      run,
      cancel: () => {
        if (entry.run) this.#pending--;
        entry.run = undefined;
      },
    };
    this.#slots[dueTick % SLOTS]?.push(entry);
    this.#pending++;
    return entry;
  }

  /** Forgets everything scheduled. */
  close(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
    this.#pending = 0;
    for (const slot of this.#slots) slot.length = 0;
  }

  #start(): void {
    this.#tick = Math.floor((performance.now() - this.#startedAt) / TICK_MS);
    this.#interval ??= setInterval(() => this.#advance(), TICK_MS);
  }

  #advance(): void {
    const target = Math.floor((performance.now() - this.#startedAt) / TICK_MS);
    while (this.#tick < target) {
      this.#tick++;
      this.#runSlot(this.#tick);
    }
    if (this.#pending === 0) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
  }

  #runSlot(tick: number): void {
    const slot = this.#slots[tick % SLOTS];
    if (!slot || slot.length === 0) return;
    const entries = slot.splice(0);
    for (const entry of entries) {
      if (!entry.run) continue;
      if (entry.dueTick > tick) {
        slot.push(entry);
        continue;
      }
      const { run } = entry;
      entry.run = undefined;
      this.#pending--;
      run();
    }
  }
}
