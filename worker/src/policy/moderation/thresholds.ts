import type { Category } from './category.ts';

/** 0–1: how sure the classifier must be; `any` for harm of whatever kind. */
export type Thresholds = Readonly<Record<Category | 'any', number>>;

/** Chosen by the training on held-out folds; see evals/README.md. */
export const defaultThresholds: Thresholds = {
  JAILBREAK: 0.573,
  SELF_HARM: 0.385,
  VIOLENCE_THREATS: 0.592,
  HATE_SPEECH: 0.331,
  ILLEGAL_ACTIVITY: 0.385,
  EXPLICIT_CONTENT: 0.307,
  HARASSMENT: 0.26,
  any: 0.938,
};
