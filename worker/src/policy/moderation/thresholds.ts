import type { Category } from './category.ts';

/** 0–1: how sure the classifier must be; `any` for harm of whatever kind. */
export type Thresholds = Readonly<Record<Category | 'any', number>>;

/** 0–1 by category: from where on harm of one kind is said to be of this kind, too. */
export type Naming = Readonly<Record<Category, number>>;

/** Chosen by the training on held-out folds; see evals/README.md. */
export const defaultThresholds: Thresholds = {
  JAILBREAK: 0.573,
  SELF_HARM: 0.468,
  VIOLENCE_THREATS: 0.598,
  HATE_SPEECH: 0.311,
  ILLEGAL_ACTIVITY: 0.381,
  EXPLICIT_CONTENT: 0.307,
  HARASSMENT: 0.47,
  any: 0.952,
};

/**
 * A low price: what is harm stays harm, and is only named better. Care for a caller in danger, and defence of the rules,
 * need their own proof.
 */
export const namedFrom: Naming = {
  JAILBREAK: 1,
  SELF_HARM: 1,
  VIOLENCE_THREATS: 0.15,
  HATE_SPEECH: 0.1,
  ILLEGAL_ACTIVITY: 0.1,
  EXPLICIT_CONTENT: 0.05,
  HARASSMENT: 0.05,
};
