import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How finely the lag is sampled; the sampling period itself is subtracted. */
const resolutionMs = 10;

/** Watches how late the event loop runs. */
export class LoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor() {
    this.#histogram.enable();
  }

  /** The 95th percentile since the last call, in ms above an idle loop's own period. */
  takeP95Ms(): number {
    const lag = this.#histogram.count === 0 ? 0 : this.#histogram.percentile(95) / 1e6 - resolutionMs;
    this.#histogram.reset();
    return Math.max(0, Math.round(lag * 10) / 10);
  }
}
