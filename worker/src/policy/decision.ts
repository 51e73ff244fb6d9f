import type { Decision } from '@vjj/shared/protocol/messages.ts';

/** Mildest first. */
export const decisions = [
  'allow',
  'rewrite',
  'refuse',
  'escalate',
  'cancel_output',
] as const satisfies readonly Decision[];

/** From here on a refusal or an escalation cuts what is being said. */
const cancelFromSeverity = 4;

/** What the policy says of a text. */
export interface Verdict {
  decision: Decision;
  /** What it was before its severity made it `cancel_output`; the safe line follows from it. */
  asDecided?: Decision;
  /** `MODERATION:<CATEGORY>`, `PII:<KIND>`, `CLAIMS:…`; empty when allowed. */
  reasonCodes: readonly string[];
  /** 0 (nothing) to 5 (gravest). */
  severity: number;
  /** The whole text as it may be said instead, for `rewrite`. */
  safeRewrite?: string;
  /** The rules that spoke, for the log and for exceptions. */
  rules: readonly string[];
}

export const allowed: Verdict = { decision: 'allow', reasonCodes: [], severity: 0, rules: [] };

/** The strictest of several opinions, with the reasons of all that are not `allow`. */
export function strictest(verdicts: readonly Verdict[]): Verdict {
  const objections = verdicts.filter(({ decision }) => decision !== 'allow');
  if (objections.length === 0) return allowed;
  const worst = objections.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  return {
    ...worst,
    severity: Math.max(...objections.map(({ severity }) => severity)),
    reasonCodes: [...new Set(objections.flatMap(({ reasonCodes }) => reasonCodes))],
    rules: [...new Set(objections.flatMap(({ rules }) => rules))],
  };
}

/** What must be said otherwise is rewritten when it is said. */
export function isSpeakable({ decision }: Verdict): boolean {
  return decision === 'allow' || decision === 'rewrite';
}

/** A person is needed. */
export function isEscalated({ asDecided, decision }: Verdict): boolean {
  return (asDecided ?? decision) === 'escalate';
}

/** A person is needed, and was not for what was objected to before. */
export function isGraver(verdict: Verdict, before: Verdict | undefined): boolean {
  return isEscalated(verdict) && (before === undefined || !isEscalated(before));
}

/** A refusal or an escalation of high severity cuts what is being said. */
export function inEffect(verdict: Verdict): Verdict {
  const { decision, severity } = verdict;
  const isGrave = severity >= cancelFromSeverity && (decision === 'refuse' || decision === 'escalate');
  return isGrave ? { ...verdict, decision: 'cancel_output', asDecided: decision } : verdict;
}

function rank({ decision, severity }: Verdict): number {
  return decisions.indexOf(decision) * 10 + severity;
}
