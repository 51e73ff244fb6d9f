import { Claims } from '../src/policy/claims/claims.ts';
import { disallowedClaim, disallowedClaimId } from '../src/policy/disallowed-claims.ts';
import { loadClassifier } from '../src/policy/moderation/load-classifier.ts';
import { Moderation } from '../src/policy/moderation/moderation.ts';
import { Policy } from '../src/policy/policy.ts';
import { Redaction } from '../src/policy/redaction.ts';
import { Micros } from './micros.ts';
import type { LabelledText } from './rows.ts';

export interface CostReport {
  readonly set: string;
  readonly rows: number;
  readonly deltas: number;
  /** Of one delta, a word: moderation, personal data, and claims by their words. */
  readonly micros: { readonly p50: number; readonly p99: number };
}

/** Rows judged before it counts, as code that has run before. */
const warmUp = 1_000;

/** What an agent with a few claims is charged for each word of its own and of its callers; no embeddings. */
export function evaluateCost(set: string, rows: readonly Pick<LabelledText, 'role' | 'text'>[]): CostReport {
  const policy = somePolicy();
  const before = new Micros();
  for (let times = 0; times < warmUp && rows.length > 0; times += 1)
    judged(policy, rows[times % rows.length]?.text ?? '', before);
  const micros = new Micros();
  let deltas = 0;
  for (const { text } of rows) deltas += judged(policy, text, micros);
  return { set, rows: rows.length, deltas, micros: micros.summary() };
}

function judged(policy: Policy, text: string, micros: Micros): number {
  let deltas = 0;
  for (const speaker of ['user', 'assistant'] as const) {
    const turn = policy.turn(speaker);
    let said = '';
    for (const delta of text.match(/\s*\S+/g) ?? []) {
      said += delta;
      deltas += 1;
      micros.time(() => turn.judge(said, false));
    }
    micros.time(() => turn.judge(said, true));
  }
  return deltas;
}

function somePolicy(): Policy {
  const disallowed = ['We are the best in town.', 'Our food is safe for every allergy.', 'This never fails.'];
  return new Policy({
    moderation: new Moderation(undefined, loadClassifier()),
    redaction: new Redaction({ isEnabled: true, exceptions: [], published: [] }),
    disallowedClaims: disallowed.map((text, at) => disallowedClaim(text, at + 1)),
    claims: new Claims({
      ...{ language: 'en', disclaimers: [], unverified: 'allow', embedder: undefined },
      allowed: [{ id: 'cancel', text: 'Bookings can be cancelled free of charge until six.' }],
      disallowed: disallowed.map((text, at) => ({ id: disallowedClaimId(at + 1), text })),
    }),
  });
}
