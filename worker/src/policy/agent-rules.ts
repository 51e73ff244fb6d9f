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

/** The rules an agent's file adds; the ones it excepts are left out of `base`. */
export function rulesOf({ policy, disallowedClaims }: Agent, base: readonly Rule[]): Rule[] {
  const excepted = new Set(policy.exceptions);
  const phrases = policy.extraPhrases.map(
    ({ phrase, category, severity }): Rule => ({
      id: `phrase:${phrase}`,
      pattern: phrasePattern(phrase),
      speakers: ['user', 'assistant'],
      reasonCode: `MODERATION:${category}`,
      severity,
      decision: 'refuse',
    }),
  );
  const claims = disallowedClaims.map(
    (claim): Rule => ({
      id: `claim:${claim}`,
      pattern: phrasePattern(claim.replace(/[.!?]+$/, '')),
      speakers: ['assistant'],
      reasonCode: 'CLAIMS:DISALLOWED',
      severity: 3,
      decision: 'rewrite',
      replacement: '',
    }),
  );
  return [...base.filter(({ id }) => !excepted.has(id)), ...phrases, ...claims];
}
