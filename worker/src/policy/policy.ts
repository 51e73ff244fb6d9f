import { allowed, strictest, type Verdict } from './decision.ts';

export type Speaker = 'user' | 'assistant';

/** One thing that may not be said, or not so. */
export interface Rule {
  /** Stable, for the log and for exceptions. */
  id: string;
  /** Without the global flag. */
  pattern: RegExp;
  speakers: readonly Speaker[];
  reasonCode: string;
  severity: number;
  decision: Exclude<Verdict['decision'], 'allow' | 'cancel_output'>;
  /** For `rewrite`: what stands in place of a match. */
  replacement?: string;
}

/** Judges what is said in the calls of one agent. Pure, and the same for all its calls. */
export class Policy {
  readonly #rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** @param text all of the turn so far: a threat must not slip through in two halves */
  judge(speaker: Speaker, text: string): Verdict {
    let verdicts: Verdict[] | undefined;
    for (const rule of this.#rules) {
      if (!rule.speakers.includes(speaker) || !rule.pattern.test(text)) continue;
      verdicts ??= [];
      verdicts.push({
        decision: rule.decision,
        severity: rule.severity,
        reasonCodes: [rule.reasonCode],
        rules: [rule.id],
      });
    }
    if (verdicts === undefined) return allowed;
    const verdict = strictest(verdicts);
    return verdict.decision === 'rewrite'
      ? { ...verdict, safeRewrite: this.#rewritten(speaker, text) }
      : verdict;
  }

  #rewritten(speaker: Speaker, text: string): string {
    let safe = text;
    for (const { pattern, replacement, speakers, decision } of this.#rules) {
      if (decision !== 'rewrite' || !speakers.includes(speaker)) continue;
      safe = safe.replace(new RegExp(pattern.source, `${pattern.flags}g`), replacement ?? '');
    }
    return safe.replace(/\s{2,}/g, ' ').trim();
  }
}
