import { ClaimedTurn } from './claims/claimed-turn.ts';
import { strictest, type Verdict } from './decision.ts';
import { ClaimsMade, withoutClaims } from './disallowed-claims.ts';
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
  readonly #claimed: ClaimedTurn | undefined;
  #claims: readonly Verdict[] = [];
  #claimsMade: ClaimsMade;

  constructor(speaker: Speaker, parts: PolicyParts) {
    this.#speaker = speaker;
    this.#parts = parts;
    this.#moderated = parts.moderation.turn(speaker);
    this.#claimsMade = new ClaimsMade(parts.disallowedClaims);
    this.#mask = parts.redaction.running();
    // What a caller says of the product binds nobody.
    if (speaker === 'assistant') this.#claimed = new ClaimedTurn(parts.claims);
  }

  /** The turn as it may be shown to the caller, without what may be the beginning of personal data. */
  get shown(): string {
    return this.#shown;
  }

  /** How many characters of the text were judged for good. */
  get certainUntil(): number {
    return Math.min(this.#certainUntil, this.#claimed?.settledUntil ?? this.#certainUntil);
  }

  /** False: `check` may still say something stricter. */
  get isSettled(): boolean {
    return this.#claimed === undefined || this.#claimed.settledUntil === this.#text.length;
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
    this.#claims = this.#claimed?.judge(text, isWhole) ?? [];
    return this.#verdict();
  }

  /** The same of the text judged last, with the meaning of its sentences where that matters; 100 ms at most. */
  async check(): Promise<Verdict> {
    this.#claims = (await this.#claimed?.check()) ?? [];
    return this.#verdict();
  }

  #verdict(): Verdict {
    const verdicts = [...this.#moderated.findings.map(objection), ...this.#claims];
    if (this.#speaker === 'assistant') verdicts.push(...this.#rewrites());
    const verdict = strictest(verdicts);
    if (verdict.decision === 'rewrite') return { ...verdict, safeRewrite: this.#rewritten() };
    if (verdict.decision !== 'allow' || verdicts.length === 0) return verdict;
    // Nothing is objected to, and what was noticed is on record.
    const noticed = (of: (one: Verdict) => readonly string[]) => [...new Set(verdicts.flatMap(of))];
    return {
      ...verdict,
      reasonCodes: noticed(({ reasonCodes }) => reasonCodes),
      rules: noticed(({ rules }) => rules),
    };
  }

  #hear(text: string, isWhole: boolean): void {
    // A final transcript may correct what came before it.
    const isContinued = text.startsWith(this.#text) && (!this.#isWhole || text.length === this.#text.length);
    if (!isContinued) {
      this.#moderated = this.#parts.moderation.turn(this.#speaker);
      this.#claimsMade = new ClaimsMade(this.#parts.disallowedClaims);
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
  #rewrites(): Verdict[] {
    return [
      ...this.#claimsMade.soFar(this.#text, this.#isWhole).map(({ id }) => rewrite('CLAIMS:DISALLOWED', id)),
      ...[...this.#masks].map((kind) => rewrite(`PII:${kind}`, `PII:${kind}`)),
    ];
  }

  #rewritten(): string {
    const { disallowedClaims, redaction } = this.#parts;
    const safe = withoutClaims(this.#claimed?.safeText ?? this.#text, disallowedClaims);
    return this.#isWhole ? redaction.masked(safe).text : (redaction.running()?.soFar(safe).text ?? safe);
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
