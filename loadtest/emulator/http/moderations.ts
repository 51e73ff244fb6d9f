import { z } from 'zod';
import { alphanumeric } from '../ids.ts';
import { checked } from '../realtime/checked.ts';
import type { Reply } from './reply.ts';

/** Every category of `omni-moderation-latest`, with words that stand for it. */
const categories = {
  harassment: /\b(?:idiots?|morons?|stupid (?:cow|bitch)|you are worthless|shut up)\b/i,
  'harassment/threatening': /\b(?:i will (?:hurt|find|beat) you|you will regret)\b/i,
  hate: /\b(?:subhuman|vermin|go back to your country)\b/i,
  'hate/threatening': /\b(?:exterminate|wipe (?:them|you) all out)\b/i,
  illicit: /\b(?:launder(?:ing)? money|hot-?wire|pick a lock|fake passports?|cook meth)\b/i,
  'illicit/violent': /\b(?:pipe bomb|build a bomb|make a bomb|untraceable gun)\b/i,
  'self-harm': /\b(?:self[- ]harm|cut(?:ting)? myself|hurt(?:ing)? myself)\b/i,
  'self-harm/intent': /\b(?:kill myself|end my life|want to die)\b/i,
  'self-harm/instructions': /\bhow to (?:kill myself|hang myself|cut myself)\b/i,
  sexual: /\b(?:porn|naked pictures|sexually explicit)\b/i,
  'sexual/minors': /\b(?:child porn|underage sex)\b/i,
  violence: /\b(?:kill (?:him|her|them|you)|murder|stab|shoot (?:him|her|them|you))\b/i,
  'violence/graphic': /\b(?:disembowel|dismember|decapitat)\w*/i,
} as const satisfies Record<string, RegExp>;

const FLAGGED_SCORE = 0.95;
const CLEAN_SCORE = 0.0001;

const requestSchema = z.object({
  model: z.string().default('omni-moderation-latest'),
  input: z.union([
    z.string(),
    z.array(z.string()),
    z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  ]),
});

/** `POST /v1/moderations`: judged by a few words, in the real shape. */
export function moderations(body: unknown): Reply {
  const request = checked(requestSchema, body, '');
  const inputs = Array.isArray(request.input) ? request.input : [request.input];
  const parts = inputs.filter((input) => typeof input !== 'string');
  // Parts of one message are judged together, strings one by one.
  const texts =
    parts.length > 0
      ? [parts.map((part) => part.text ?? '').join(' ')]
      : inputs.filter((input) => typeof input === 'string');
  return { json: { id: `modr-${alphanumeric(24)}`, model: request.model, results: texts.map(judge) } };
}

function judge(text: string) {
  const judged = Object.entries(categories).map(([name, words]) => ({ name, isFlagged: words.test(text) }));
  return {
    flagged: judged.some(({ isFlagged }) => isFlagged),
    categories: Object.fromEntries(judged.map(({ name, isFlagged }) => [name, isFlagged])),
    category_scores: Object.fromEntries(
      judged.map(({ name, isFlagged }) => [name, isFlagged ? FLAGGED_SCORE : CLEAN_SCORE]),
    ),
    category_applied_input_types: Object.fromEntries(judged.map(({ name }) => [name, ['text']])),
  };
}
