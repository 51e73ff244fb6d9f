import { z } from 'zod';
import { categories, ownCategory } from '../policy/moderation/category.ts';
import { toolDeclaration } from '../tools/tool-declaration.ts';
import { isLanguage } from './language.ts';

const id = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
  error: 'must be a–z, 0–9, - and _, at most 64 characters',
});
const sentence = z.string().trim().min(1, 'must not be empty').max(500, 'has more than 500 characters');
const line = (when: string) => sentence.describe(`what is said ${when}`);

const turnDetection = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('server_vad'),
      threshold: z.number().min(0).max(1).default(0.6).describe('how loud speech must be, 0–1'),
      prefix_padding_ms: z
        .int()
        .min(0)
        .max(2000)
        .default(300)
        .describe('audio kept from before speech began'),
      silence_duration_ms: z.int().min(100).max(5000).default(700).describe('silence that ends an utterance'),
    }),
    z.strictObject({
      type: z.literal('semantic_vad'),
      eagerness: z.enum(['low', 'medium', 'high', 'auto']).default('auto').describe('how soon it answers'),
    }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? 'must be server_vad or semantic_vad' : undefined) },
);

/** `agent.yaml`, field by field, as written in the file. */
export const agentDeclaration = z.strictObject({
  voice: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'must be the name of a voice, like marin')
    .optional()
    .describe('voice of the answers; OPENAI_VOICE when it is left out'),
  language: z
    .string()
    .refine(isLanguage, { error: 'must be a language by its code (BCP 47), like en or pt-BR' })
    .describe('language of the ready-made lines and of the knowledge (BCP 47)'),
  voice_mode: z
    .enum(['push-to-talk', 'open-mic'])
    .default('push-to-talk')
    .describe('how callers speak who do not say so themselves'),
  turn_detection: turnDetection
    .default({ type: 'server_vad', threshold: 0.6, prefix_padding_ms: 300, silence_duration_ms: 700 })
    .describe('when an utterance is over in open-mic'),
  reflexes: z
    .array(z.string().trim().min(1, 'must not be empty').max(40, 'has more than 40 characters'))
    .min(2, 'must be at least two, so that none is heard twice in a row')
    .max(50)
    .describe('short acknowledgements that commit to nothing, at least two'),
  fallbacks: z
    .strictObject({
      ask_clarifying_question: line('when the agent is not sure it understood'),
      refuse_politely: line('when it must not talk about something'),
      switch_to_text_summary: line('when the answer is better read'),
      escalate_to_human: line('when a person has to take over'),
      offer_email_or_link: line('when the answer is better sent'),
      bridge: line('when the call goes on after an interruption of ours'),
      goodbye: line('at the end of a call'),
      crisis: line('to a caller in danger: warm, and with whom to contact'),
      waiting: line('to a caller who waits because all lines are busy').optional(),
    })
    .describe('ready-made lines'),
  allowed_claims: z
    .array(
      z.strictObject({
        id,
        text: sentence.describe('the claim'),
        disclaimer: id.optional().describe('id of the disclaimer that goes with it'),
      }),
    )
    .default([])
    .describe('what the agent may claim'),
  disallowed_claims: z.array(sentence).default([]).describe('what it must not claim'),
  unverified_claims: z
    .enum(['allow', 'rewrite', 'refuse'])
    .default('allow')
    .describe('what becomes of a claim that is neither allowed nor disallowed'),
  disclaimers: z
    .array(
      z.strictObject({
        id,
        text: sentence.describe('the disclaimer'),
        when: z
          .strictObject({
            facts: z.array(z.string().min(1)).default([]).describe('ids or categories of facts'),
            claims: z.array(id).default([]).describe('ids of allowed claims'),
          })
          .default({ facts: [], claims: [] })
          .describe('what brings it up'),
      }),
    )
    .default([])
    .describe('sentences that go with what was said'),
  tools: z.array(toolDeclaration).max(50).default([]).describe('HTTP calls that the model may make'),
  policy: z
    .strictObject({
      exceptions: z
        .array(sentence)
        .default([])
        .describe('ids of patterns, or phrases, that are harmless here'),
      thresholds: z
        .partialRecord(z.enum([...categories, 'any']), z.number().min(0).max(1))
        .default({})
        .describe('how sure a classifier must be, 0–1 by category'),
      extra_phrases: z
        .array(
          z.strictObject({
            phrase: sentence.describe('the phrase'),
            category: z
              .enum([...categories, ownCategory])
              .default(ownCategory)
              .describe('category in the reason code'),
            severity: z.int().min(1).max(5).default(4).describe('1–5; from 4 on the answer is stopped'),
          }),
        )
        .default([])
        .describe('phrases that are not harmless here'),
    })
    .default({ exceptions: [], thresholds: {}, extra_phrases: [] })
    .describe('what this agent asks of the policy beyond what holds for all'),
});

export type AgentDeclaration = z.output<typeof agentDeclaration>;
