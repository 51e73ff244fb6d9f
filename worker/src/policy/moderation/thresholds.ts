import type { Category } from './category.ts';

/** 0–1: how sure the classifier must be; `any` for harm of whatever kind. */
export type Thresholds = Readonly<Record<Category | 'any', number>>;

/** Chosen by the training on held-out folds; see evals/README.md. */
export const defaultThresholds: Thresholds = {
  JAILBREAK: 0.614,
  SELF_HARM: 0.387,
  VIOLENCE_THREATS: 0.549,
  HATE_SPEECH: 0.307,
  ILLEGAL_ACTIVITY: 0.453,
  EXPLICIT_CONTENT: 0.307,
  HARASSMENT: 0.292,
  any: 0.939,
};
