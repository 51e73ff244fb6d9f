import type { Verdict } from '../policy/decision.ts';
import type { JudgedTurn } from '../policy/judged-turn.ts';

/** Has the meaning of an answer's sentences looked at, one look at a time, while more of it is said. */
export class MeaningCheck {
  readonly #words: Pick<JudgedTurn, 'check' | 'isSettled'>;
  readonly #onOpinion: (opinion: Verdict) => void;
  #looking: Promise<void> | undefined;
  /** More was said meanwhile; what a look left open is not looked at without end. */
  #isMoreToCheck = false;
  #isOver = false;

  /** @param onOpinion what is known of all words that were judged by then */
  constructor(words: Pick<JudgedTurn, 'check' | 'isSettled'>, onOpinion: (opinion: Verdict) => void) {
    this.#words = words;
    this.#onOpinion = onOpinion;
  }

  /** More was said, and its meaning is not known. */
  start(): void {
    this.#isMoreToCheck = this.#looking !== undefined;
    this.#looking ??= this.#words.check().then((opinion) => {
      this.#looking = undefined;
      if (this.#isOver) return;
      this.#onOpinion(opinion);
      if (!this.#isOver && this.#isMoreToCheck && !this.#words.isSettled) this.start();
    });
  }

  get isLooking(): boolean {
    return this.#looking !== undefined;
  }

  /** Resolves when nothing is being looked at. */
  async done(): Promise<void> {
    while (this.#looking !== undefined) await this.#looking;
  }

  stop(): void {
    this.#isOver = true;
  }
}
