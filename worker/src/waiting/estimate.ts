/** How long a call lasts before any has ended here, ms. */
const usualCallMs = 120_000;
/** What a call that ends adds to the mean of those before it. */
const weight = 0.1;

/** How long calls last, those that ended lately above all. */
export class CallLengths {
  #meanMs: number | undefined;

  get meanMs(): number {
    return this.#meanMs ?? usualCallMs;
  }

  ended(ms: number): void {
    this.#meanMs = this.#meanMs === undefined ? ms : this.#meanMs + weight * (ms - this.#meanMs);
  }
}

/**
 * How long a caller will wait: so many calls have to end first, of all that go on.
 * @param position among those that wait, from 1
 * @param sessions calls of the fleet that have a place
 */
export function waitMs(position: number, sessions: number, meanCallMs: number): number {
  return Math.round((position * meanCallMs) / Math.max(1, sessions));
}
