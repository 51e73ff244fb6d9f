import type { Claims } from './claims/claims.ts';
import type { Verdict } from './decision.ts';
import type { DisallowedClaim } from './disallowed-claims.ts';
import { JudgedTurn } from './judged-turn.ts';
import type { Moderation } from './moderation/moderation.ts';
import type { Redaction } from './redaction.ts';
import type { Speaker } from './speaker.ts';

export interface PolicyParts {
  moderation: Moderation;
  redaction: Redaction;
  /** What must not be said word for word, known before its sentence is over. */
  disallowedClaims: readonly DisallowedClaim[];
  /** What sentences mean to claim. */
  claims: Claims;
}

/** What may be said in the calls of one agent. Pure, and the same for all its calls. */
export class Policy {
  readonly #parts: PolicyParts;

  constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  /** Judges a turn while it grows. */
  turn(speaker: Speaker): JudgedTurn {
    return new JudgedTurn(speaker, this.#parts);
  }

  /** Judges a whole text. */
  judge(speaker: Speaker, text: string): Verdict {
    return this.turn(speaker).judge(text, true);
  }
}
