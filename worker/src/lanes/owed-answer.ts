import { owedProgress } from '../journal/cut-off.ts';
import type { AnswerInProgress } from '../journal/journal-entry.ts';
import type { CutOff } from '../provider/provider.ts';

/** An answer that another worker could not finish; the next one goes on with it. */
export class OwedAnswer {
  #cutOff: CutOff | undefined;
  /** What the newest answer goes on with. */
  #goneOnWith: CutOff | undefined;

  /** No turn has asked for it yet. */
  get isOwed(): boolean {
    return this.#cutOff !== undefined;
  }

  owe(cutOff: CutOff): void {
    this.#cutOff = cutOff;
  }

  /** Nobody wants it any more. */
  forget(): void {
    this.#cutOff = undefined;
  }

  /** An answer begins. It is owed until that is asked for. @returns what it goes on with */
  begin(): CutOff | undefined {
    this.#goneOnWith = this.#cutOff;
    return this.#cutOff;
  }

  /** The voice service is asked for it. */
  take(): CutOff | undefined {
    const cutOff = this.#cutOff;
    this.#cutOff = undefined;
    return cutOff;
  }

  /**
   * What yet another worker would have to go on with.
   * @param begun the answer that is being given; one that has said nothing yet still owes what it goes on with
   */
  inProgress(begun: AnswerInProgress | undefined): AnswerInProgress | undefined {
    const cutOff = this.#cutOff ?? (begun?.text === '' ? this.#goneOnWith : undefined);
    return cutOff === undefined ? begun : owedProgress(cutOff);
  }
}
