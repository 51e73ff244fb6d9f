import type { Agent } from '../agents/agent.ts';
import type { Rule } from './policy.ts';

/** A phrase as a pattern: whole words, any case, any white space. */
function phrasePattern(phrase: string): RegExp {
  const words = phrase
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}])${words.join('\\s+')}(?![\\p{L}\\p{N}])`, 'iu');
}

/**
 * The rules an agent's file adds, named by their place in it: the log names rules, and must not hold what was said.
 * The ones it excepts are left out of `base`.
 */
export function rulesOf({ policy, disallowedClaims }: Agent, base: readonly Rule[]): Rule[] {
  const excepted = new Set(policy.exceptions);
  const phrases = policy.extraPhrases.map(
    ({ phrase, category, severity }, at): Rule => ({
      id: `extra-phrase-${at + 1}`,
      pattern: phrasePattern(phrase),
      speakers: ['user', 'assistant'],
      reasonCode: `MODERATION:${category}`,
      severity,
      decision: 'refuse',
    }),
  );
  const claims = disallowedClaims.map(
    (claim, at): Rule => ({
      id: `disallowed-claim-${at + 1}`,
      // What ends the sentence goes with it.
      pattern: new RegExp(`${phrasePattern(claim.replace(/[.!?]+$/, '')).source}[.!?]*`, 'iu'),
      speakers: ['assistant'],
      reasonCode: 'CLAIMS:DISALLOWED',
      severity: 3,
      decision: 'rewrite',
      replacement: '',
    }),
  );
  return [...base.filter(({ id }) => !excepted.has(id)), ...phrases, ...claims];
}
