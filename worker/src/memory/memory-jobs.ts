import { z } from 'zod';

/** Of a caller with a fingerprint; others are nobody. */
const person = { tenant: z.string().min(1).max(200), user: z.string().regex(/^p_[\w-]{20,100}$/) };

/** Jobs of the queue `memory`. */
export const memoryJobSchema = z.discriminatedUnion('kind', [
  /** A call is over: its words, with what is personal masked. */
  z.object({
    v: z.literal(1),
    kind: z.literal('remember'),
    ...person,
    session: z.string().min(1).max(100),
    agent: z.string(),
    /** Unix ms. */
    startedAt: z.number(),
    endedAt: z.number(),
    /** What came before the turns, in short. */
    earlier: z.string(),
    turns: z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() })).max(100),
  }),
  z.object({ v: z.literal(1), kind: z.literal('forget'), ...person }),
]);
export type MemoryJob = z.infer<typeof memoryJobSchema>;
export type RememberJob = Extract<MemoryJob, { kind: 'remember' }>;
export type ForgetJob = Extract<MemoryJob, { kind: 'forget' }>;
