/** In strict mode an answer waits so long for the caller's words; words that never come cannot be judged. */
export const wordsLimitMs = 4000;

/** Whether an utterance may be answered: in strict mode not before its words were judged. */
export class AwaitedWords {
  readonly #isStrict: boolean;
  readonly #onNever: () => void;
  #areKnown = false;
  /** An answer waits for them. */
  #isAwaited = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param onNever an answer has waited for too long; it waits still, until `end` */
  constructor(isStrict: boolean, onNever: () => void) {
    this.#isStrict = isStrict;
    this.#onNever = onNever;
  }

  /** An answer waits for them. */
  get areAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Another utterance begins; no answer waits for words said before. */
  reset(): void {
    this.end();
    this.#areKnown = false;
  }

  /** They were judged, and may be answered. */
  known(): void {
    this.#areKnown = true;
  }

  /** An answer is due. @returns false: it waits for them from now on */
  mayAnswer(): boolean {
    if (!this.#isStrict || this.#areKnown) return true;
    this.#isAwaited = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onNever, wordsLimitMs);
    return false;
  }

  /** Nothing waits any longer. @returns whether an answer did */
  end(): boolean {
    const wasAwaited = this.#isAwaited;
    this.#isAwaited = false;
    clearTimeout(this.#timer);
    return wasAwaited;
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
