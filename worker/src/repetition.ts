interface Frame {
  payload: Buffer;
  isBinary: boolean;
  number: number;
}

/** How often it is looked whether an utterance was handed over; that takes the commit window, 50 ms. */
const commitPollMs = 10;

/**
 * Client frames that wait, and are then dealt with in their order: what a dead worker had heard comes again at once,
 * but what follows the end of an utterance must not come before it was handed over.
 */
export class Repetition {
  readonly #take: (payload: Buffer, isBinary: boolean, number: number) => void;
  readonly #isCommitting: () => boolean;
  readonly #onDone: () => void;
  #frames: Frame[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  /** The last frame that is a repetition; none, until it is known. */
  #until = Number.POSITIVE_INFINITY;
  #last = 0;
  #isCutOff = false;

  constructor(
    take: (payload: Buffer, isBinary: boolean, number: number) => void,
    isCommitting: () => boolean,
    onDone: () => void,
  ) {
    this.#take = take;
    this.#isCommitting = isCommitting;
    this.#onDone = onDone;
  }

  push(payload: Buffer, isBinary: boolean, number: number): void {
    this.#frames.push({ payload, isBinary, number });
    if (this.#isRunning && this.#timer === undefined) this.#next();
  }

  /** Deals with the frames that wait, and with those that come until frame `until` is done. */
  run(until: number): void {
    this.#isRunning = true;
    if (!this.#isCutOff) this.#until = until;
    this.#next();
  }

  /** No more frames come: it is over with those that are there. */
  cutOff(): void {
    this.#isCutOff = true;
    this.#until = 0;
    if (this.#isRunning && this.#timer === undefined) this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#frames = [];
    this.#isRunning = false;
  }

  #next(): void {
    for (let at = 0; at < this.#frames.length; at++) {
      if (this.#isCommitting()) {
        this.#frames = this.#frames.slice(at);
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#next();
        }, commitPollMs);
        return;
      }
      const { payload, isBinary, number } = this.#frames[at]!;
      this.#last = number;
      this.#take(payload, isBinary, number);
    }
    this.#frames = [];
    if (this.#last >= this.#until) this.#onDone();
  }
}
