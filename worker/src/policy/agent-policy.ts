import type { Agent } from '../agents/agent.ts';
import type { Claims } from './claims/claims.ts';
import { disallowedClaim } from './disallowed-claims.ts';
import type { Classifier } from './moderation/classifier.ts';
import { Moderation } from './moderation/moderation.ts';
import { Policy } from './policy.ts';
import { Redaction } from './redaction.ts';

/** The policy of one agent: what holds for all, and what its file adds and excepts. */
export function policyOf(agent: Agent, claims: Claims, classifier: Classifier, isRedacting: boolean): Policy {
  const { allowedClaims, disallowedClaims, disclaimers, fallbacks, instructions, knowledge, policy } = agent;
  return new Policy({
    moderation: new Moderation(policy, classifier),
    redaction: new Redaction({
      isEnabled: isRedacting,
      exceptions: policy.exceptions,
      published: [
        instructions,
        ...Object.values(fallbacks),
        ...[...knowledge.facts, ...allowedClaims, ...disclaimers].map(({ text }) => text),
      ],
    }),
    claims,
    disallowedClaims: disallowedClaims.map((text, at) => disallowedClaim(text, at + 1)),
  });
}
