import { monotonicMs } from '@vjj/shared/clock.ts';

/** What the voice service says of one of its limits, for all conversations of the account together. */
export interface RateLimit {
  /** `requests`, `tokens`. */
  name: string;
  limit: number;
  remaining: number;
  /** Until all of it is there again. */
  resetMs: number;
}

/** With less than this share left, calls that go on need the rest. */
const leastShare = 0.1;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;
/** A refusal so soon after a pause continues the same trouble. */
const sameTroubleMs = 10_000;
/** A timer may fire this much before its time; the pause would then be told as going on. */
const timerEarlyMs = 1;

/** How long new calls had better wait until enough of a limit is there again; it grows back evenly. */
export function pauseFor({ limit, remaining, resetMs }: RateLimit): number {
  const least = limit * leastShare;
  if (limit <= 0 || remaining >= least) return 0;
  return (resetMs * (least - remaining)) / (limit - remaining);
}

/** When the voice service had better get no new calls, by what it says of its limits and how it refuses. */
export class ProviderLimits {
  readonly #random: () => number;
  /** By the name of the limit, and of the refusals: until when. */
  readonly #pauses = new Map<string, number>();
  #pauseMs = firstPauseMs;
  #timer: NodeJS.Timeout | undefined;
  /** A pause has begun, or is over. */
  onChanged: () => void = () => undefined;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  isPaused(nowMs = monotonicMs()): boolean {
    return this.#untilMs() > nowMs;
  }

  told(limits: readonly RateLimit[], nowMs = monotonicMs()): void {
    for (const limit of limits) this.#pauses.set(limit.name, nowMs + pauseFor(limit));
    this.#changed(nowMs);
  }

  /**
   * The service has refused a conversation or an answer because of its limits (429).
   * @param askedMs the pause it asks for
   */
  refused(askedMs = 0, nowMs = monotonicMs()): void {
    const untilMs = this.#pauses.get(refusals) ?? Number.NEGATIVE_INFINITY;
    if (nowMs >= untilMs) {
      // Many calls are refused at once; that is one refusal.
      const isSame = nowMs < untilMs + sameTroubleMs;
      this.#pauseMs = isSame ? Math.min(longestPauseMs, this.#pauseMs * 2) : firstPauseMs;
    }
    const pauseMs = Math.max(askedMs, this.#pauseMs * (0.5 + this.#random() / 2));
    this.#pauses.set(refusals, Math.max(untilMs, nowMs + pauseMs));
    this.#changed(nowMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #untilMs(): number {
    return Math.max(Number.NEGATIVE_INFINITY, ...this.#pauses.values());
  }

  #changed(nowMs: number): void {
    const wasPaused = this.#timer !== undefined;
    const leftMs = this.#untilMs() - nowMs;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (leftMs > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.onChanged();
      }, Math.ceil(leftMs) + timerEarlyMs);
      this.#timer.unref();
    }
    if (wasPaused !== leftMs > 0) this.onChanged();
  }
}

const refusals = 'refusals';
