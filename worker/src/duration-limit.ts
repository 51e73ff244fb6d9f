/** A spoken goodbye is shorter. */
const goodbyeLimitMs = 15_000;

export interface DurationLimitActions {
  /** @param onSaid it was heard, or nobody listens */
  sayGoodbye: (onSaid: () => void) => void;
  end: () => void;
}

/** Ends a call that has lasted as long as one may, with a goodbye. */
export class DurationLimit {
  readonly #longestMs: number;
  readonly #actions: DurationLimitActions;
  #timer: NodeJS.Timeout | undefined;

  /** @param longestMs 0: calls may last for ever */
  constructor(longestMs: number, actions: DurationLimitActions) {
    this.#longestMs = longestMs;
    this.#actions = actions;
  }

  /** @param startedAt when the call got its place, of the wall clock */
  begin(startedAt: number): void {
    this.stop();
    if (this.#longestMs === 0) return;
    const { sayGoodbye, end } = this.#actions;
    this.#timer = setTimeout(
      () => {
        sayGoodbye(end);
        // A goodbye that is never heard to its end ends the call too.
        this.#timer = setTimeout(end, goodbyeLimitMs);
      },
      Math.max(0, startedAt + this.#longestMs - Date.now()),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
