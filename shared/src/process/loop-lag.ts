import { monitorEventLoopDelay } from 'node:perf_hooks';
import { monotonicMs } from '../clock.ts';

/** How finely the lag is sampled; the sampling period itself is subtracted. */
const resolutionMs = 10;
/** Of a shorter time a percentile says nothing. */
const shortestMs = 500;

/** Watches how late the event loop runs. */
export class LoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #sinceMs = monotonicMs();
  #p95Ms = 0;

  constructor() {
    this.#histogram.enable();
  }

  /** Forgets what was: a process that starts is busy with itself. */
  restart(): void {
    this.#histogram.reset();
    this.#sinceMs = monotonicMs();
    this.#p95Ms = 0;
  }

  /** The 95th percentile since the last call, in ms above an idle loop's own period; asked again at once, the same. */
  takeP95Ms(): number {
    if (monotonicMs() - this.#sinceMs < shortestMs) return this.#p95Ms;
    const lag = this.#histogram.count === 0 ? 0 : this.#histogram.percentile(95) / 1e6 - resolutionMs;
    this.restart();
    this.#p95Ms = Math.max(0, Math.round(lag * 10) / 10);
    return this.#p95Ms;
  }
}
