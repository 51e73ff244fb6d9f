import { allowed, strictest, type Verdict } from './decision.ts';
import { withoutClaims } from './disallowed-claims.ts';
import type { Finding, ModeratedTurn } from './moderation/moderation.ts';
import type { RunningMask } from './personal-data/masked-so-far.ts';
import type { PersonalKind } from './personal-data/personal-span.ts';
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
  readonly #mask: RunningMask | undefined;
  #moderated: ModeratedTurn;
  #text = '';
  #isWhole = false;
  #shown = '';
  #certainUntil = 0;
  #masks: ReadonlySet<PersonalKind> = new Set();

  constructor(speaker: Speaker, parts: PolicyParts) {
    this.#speaker = speaker;
    this.#parts = parts;
    this.#moderated = parts.moderation.turn(speaker);
    this.#mask = parts.redaction.running();
  }

  /** The turn as it may be shown to the caller, without what may be the beginning of personal data. */
  get shown(): string {
    return this.#shown;
  }

  /** How many characters of the text that is. */
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
    this.#redact(text, isWhole);
    const verdicts = this.#moderated.findings.map(objection);
    if (this.#speaker === 'assistant') verdicts.push(...this.#rewrites(text));
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

  #redact(text: string, isWhole: boolean): void {
    if (this.#mask === undefined || isWhole) {
      const { text: shown, kinds } = this.#parts.redaction.masked(text);
      this.#shown = shown;
      this.#masks = kinds;
      this.#certainUntil = text.length;
      return;
    }
    const { text: shown, kinds, certainUntil } = this.#mask.soFar(text);
    this.#shown = shown;
    this.#masks = kinds;
    this.#certainUntil = certainUntil;
  }

  /** What must be said otherwise. */
  #rewrites(text: string): Verdict[] {
    const claims = this.#parts.disallowedClaims.filter(({ pattern }) => pattern.test(text));
    return [
      ...claims.map(({ id }) => rewrite('CLAIMS:DISALLOWED', id)),
      ...[...this.#masks].map((kind) => rewrite(`PII:${kind}`, `PII:${kind}`)),
    ];
  }

  #rewritten(text: string, isWhole: boolean): string {
    const { disallowedClaims, redaction } = this.#parts;
    return isWhole
      ? redaction.masked(withoutClaims(text, disallowedClaims)).text
      : withoutClaims(this.#shown, disallowedClaims);
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
