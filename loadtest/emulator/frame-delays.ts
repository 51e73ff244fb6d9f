import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sharedClockMs, stampOf } from './audio-stamp.ts';

const lagResolutionMs = 10;

export interface DelaysReport {
  /** How long stamped audio was on its way here, ms; sorted. */
  frameMs: number[];
  /** How late the emulator's own event loop ran, p99. */
  loopLagP99Ms: number;
}

/** How long audio was on its way, and whether the emulator itself was in time; from one question to the next. */
export class FrameDelays {
  /** Enough for percentiles, little enough to be told in one answer. */
  static readonly max = 50_000;
  readonly #lag = monitorEventLoopDelay({ resolution: lagResolutionMs });
  #delays: number[] = [];

  constructor() {
    this.#lag.enable();
  }

  /** @param base64 audio as it was appended */
  note(base64: string): void {
    const sentAt = stampOf(base64);
    if (sentAt !== undefined && this.#delays.length < FrameDelays.max)
      this.#delays.push(sharedClockMs() - sentAt);
  }

  /** What was seen since the last call. */
  take(): DelaysReport {
    const frameMs = this.#delays.sort((a, b) => a - b).map((ms) => Math.round(ms * 1000) / 1000);
    this.#delays = [];
    const lag = this.#lag.count === 0 ? 0 : this.#lag.percentile(99) / 1e6 - lagResolutionMs;
    this.#lag.reset();
    return { frameMs, loopLagP99Ms: Math.max(0, Math.round(lag * 10) / 10) };
  }

  close(): void {
    this.#lag.disable();
  }
}
