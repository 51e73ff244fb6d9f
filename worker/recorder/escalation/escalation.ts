import { z } from 'zod';

/** A call in which a person is needed, as the webhook tells it. Nothing in it is personal data: words are masked. */
export const escalationSchema = z.object({
  v: z.literal(1),
  /** The same for every attempt: `<session>_<epoch>_<seq>` of the event it stands on. */
  id: z.string().regex(/^[\w-]{1,160}$/),
  session: z.string(),
  tenant: z.string(),
  agent: z.string(),
  /** ISO 8601: when the policy decided. */
  at: z.string(),
  decision: z.string(),
  reasonCodes: z.array(z.string()),
  severity: z.number(),
  /** What was said last, oldest first; empty when the key of the session is gone. */
  context: z.array(z.object({ speaker: z.enum(['user', 'assistant']), text: z.string() })),
});
export type Escalation = z.infer<typeof escalationSchema>;
