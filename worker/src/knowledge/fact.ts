/** One thing an agent knows. */
export interface Fact {
  readonly id: string;
  readonly text: string;
  /** Where it comes from, as a caller may be told. */
  readonly source: string;
  /** ISO 8601: when it was true. */
  readonly timestamp?: string | undefined;
  readonly category?: string | undefined;
}

/** A fact and where it is written. */
export interface WrittenFact {
  readonly fact: Fact;
  /** From 1. */
  readonly line: number;
}
