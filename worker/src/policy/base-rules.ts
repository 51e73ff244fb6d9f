import type { Rule } from './policy.ts';

/** What holds for every agent. */
export const baseRules: readonly Rule[] = [
  {
    id: 'self-harm-intent',
    pattern: /\b(?:kill|hurt|harm|cut)(?:ing)? myself\b|\bend (?:my life|it all)\b|\bsuicid(?:e|al)\b/i,
    speakers: ['user'],
    reasonCode: 'MODERATION:SELF_HARM',
    severity: 5,
    decision: 'escalate',
  },
  {
    id: 'ignore-instructions',
    pattern:
      /\bignore (?:all |your |the |any )*(?:previous |prior |earlier )?(?:instructions|rules|prompts?)\b/i,
    speakers: ['user'],
    reasonCode: 'MODERATION:JAILBREAK',
    severity: 4,
    decision: 'refuse',
  },
  {
    id: 'threat-to-kill',
    pattern: /\b(?:i|we)(?:['’]ll| will| am going to|['’]m going to) kill (?:you|him|her|them)\b/i,
    speakers: ['user', 'assistant'],
    reasonCode: 'MODERATION:VIOLENCE_THREATS',
    severity: 4,
    decision: 'refuse',
  },
  {
    id: 'card-number',
    pattern: /\b(?:\d[ -]?){15}\d\b/,
    speakers: ['assistant'],
    reasonCode: 'PII:CARD',
    severity: 3,
    decision: 'rewrite',
    replacement: 'a card number',
  },
];
