import { allowed, strictest, type Verdict } from './decision.ts';
import { withoutClaims } from './disallowed-claims.ts';
import type { Finding, ModeratedTurn } from './moderation/moderation.ts';
import type { PolicyParts } from './policy.ts';
import type { Speaker } from './speaker.ts';

/** Of a rewrite: what may be said in its place matters more than how grave it is. */
const rewriteSeverity = 3;

/**
 * One turn of one speaker, judged while its words come. What is judged is all of the turn so far, so that a threat
 * cannot slip through in two halves; what it costs is in what is new.
 */
export class JudgedTurn {
  readonly #speaker: Speaker;
  readonly #parts: PolicyParts;
  #moderated: ModeratedTurn;
  #text = '';
  #isWhole = false;
  #certainUntil = 0;

  constructor(speaker: Speaker, parts: PolicyParts) {
    this.#speaker = speaker;
    this.#parts = parts;
    this.#moderated = parts.moderation.turn(speaker);
  }

  /** Characters of the text that were judged for good; what follows may be the beginning of personal data. */
  get certainUntil(): number {
    return this.#certainUntil;
  }

  /** Rules that would have objected, had the agent not excepted them. */
  get overruled(): readonly string[] {
    return this.#moderated.overruled;
  }

  /**
   * @param text all of the turn so far
   * @param isWhole nothing follows: its last word is over
   */
  judge(text: string, isWhole: boolean): Verdict {
    this.#hear(text, isWhole);
    this.#certainUntil = text.length;
    const verdicts = this.#moderated.findings.map(objection);
    if (this.#speaker === 'assistant') verdicts.push(...this.#rewrites(text, isWhole));
    if (verdicts.length === 0) return allowed;
    const verdict = strictest(verdicts);
    return verdict.decision === 'rewrite'
      ? { ...verdict, safeRewrite: this.#rewritten(text, isWhole) }
      : verdict;
  }

  #hear(text: string, isWhole: boolean): void {
    // A final transcript may correct what came before it.
    const isContinued = text.startsWith(this.#text) && (!this.#isWhole || text.length === this.#text.length);
    if (!isContinued) {
      this.#moderated = this.#parts.moderation.turn(this.#speaker);
      this.#text = '';
      this.#isWhole = false;
    }
    this.#moderated.push(text.slice(this.#text.length));
    this.#text = text;
    if (isWhole && !this.#isWhole) this.#moderated.finish();
    this.#isWhole ||= isWhole;
  }

  /** What must be said otherwise. */
  #rewrites(text: string, isWhole: boolean): Verdict[] {
    const { disallowedClaims, redaction } = this.#parts;
    const claims = disallowedClaims.filter(({ pattern }) => pattern.test(text));
    const { kinds, certainUntil } = redaction.masked(text, isWhole);
    this.#certainUntil = certainUntil;
    return [
      ...claims.map(({ id }) => rewrite('CLAIMS:DISALLOWED', id)),
      ...kinds.map((kind) => rewrite(`PII:${kind}`, `PII:${kind}`)),
    ];
  }

  #rewritten(text: string, isWhole: boolean): string {
    const { disallowedClaims, redaction } = this.#parts;
    return redaction.masked(withoutClaims(text, disallowedClaims), isWhole).text;
  }
}

function objection({ category, severity, patternId }: Finding): Verdict {
  return {
    // Whoever is in danger is met with care, not with a refusal.
    decision: category === 'SELF_HARM' ? 'escalate' : 'refuse',
    reasonCodes: [`MODERATION:${category}`],
    severity,
    rules: [patternId],
  };
}

function rewrite(reasonCode: string, rule: string): Verdict {
  return { decision: 'rewrite', reasonCodes: [reasonCode], severity: rewriteSeverity, rules: [rule] };
}
