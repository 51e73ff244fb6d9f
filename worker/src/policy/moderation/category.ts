/** What the moderation tells apart, in the order of the classifier's heads. */
export const categories = [
  'JAILBREAK',
  'SELF_HARM',
  'VIOLENCE_THREATS',
  'HATE_SPEECH',
  'ILLEGAL_ACTIVITY',
  'EXPLICIT_CONTENT',
  'HARASSMENT',
] as const;

export type Category = (typeof categories)[number];

export function isCategory(name: string): name is Category {
  return (categories as readonly string[]).includes(name);
}

/** Of phrases that an agent forbids and that are harm of no kind. */
export const ownCategory = 'AGENT';
