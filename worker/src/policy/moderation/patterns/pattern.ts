import type { Category } from '../category.ts';

/** Ways of saying one thing that may not be said. The language of the phrases is that of the phrase machine. */
export interface Pattern {
  /** Stable: it stands in the log, and agents except it by this name. */
  readonly id: string;
  readonly category: Category;
  /** 1–5; from 4 on what is being said is cut. */
  readonly severity: number;
  readonly says: readonly string[];
  /** Heard in the same sentence, or up to three words after: then it is something else ("kill you at chess"). */
  readonly unless?: readonly string[];
}
