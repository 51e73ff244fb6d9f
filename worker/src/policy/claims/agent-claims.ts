import type { Agent } from '../../agents/agent.ts';
import type { Embedder } from '../../embedding/embedder.ts';
import { disallowedClaimId } from '../disallowed-claims.ts';
import { Claims } from './claims.ts';

/** Facts of its folder that are looked at to see whether a sentence stands on one. */
const factsLooked = 3;

/** What an agent's file says it may claim, and must not. */
export function claimsOf(agent: Agent, embedder: Embedder | undefined): Claims {
  const { allowedClaims, disallowedClaims, disclaimers, knowledge, language, unverifiedClaims } = agent;
  return new Claims({
    ...{ language, disclaimers, embedder },
    allowed: allowedClaims,
    disallowed: disallowedClaims.map((text, at) => ({ id: disallowedClaimId(at + 1), text })),
    unverified: unverifiedClaims,
    factsLike: (sentence) =>
      knowledge.index.search(sentence, factsLooked).map(({ index }) => knowledge.facts[index]!.text),
  });
}
