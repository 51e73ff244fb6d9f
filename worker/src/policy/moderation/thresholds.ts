import type { Category } from './category.ts';

/** 0–1: how sure the classifier must be; `any` for harm of whatever kind. */
export type Thresholds = Readonly<Record<Category | 'any', number>>;

/** Chosen by the training on held-out folds; see evals/README.md. */
export const defaultThresholds: Thresholds = {
  JAILBREAK: 0.513,
  SELF_HARM: 0.316,
  VIOLENCE_THREATS: 0.297,
  HATE_SPEECH: 0.34,
  ILLEGAL_ACTIVITY: 0.245,
  EXPLICIT_CONTENT: 0.22,
  HARASSMENT: 0.221,
  any: 0.839,
};
