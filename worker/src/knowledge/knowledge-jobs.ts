import { z } from 'zod';

/** So many are embedded in a second or so: a recorder that dies loses no more work than that. */
export const factsPerJob = 64;

const factSchema = z.object({
  fact: z.object({
    id: z.string().min(1).max(128),
    text: z.string().min(1),
    source: z.string(),
    timestamp: z.string().optional(),
    category: z.string().optional(),
  }),
  file: z.string(),
  line: z.number(),
});

const packSchema = { tenant: z.string(), agent: z.string(), collection: z.string().min(1) };

/** Jobs of the queue `knowledge`: one that embeds for each batch of new facts, and one that switches after them all. */
export const knowledgeJobSchema = z.discriminatedUnion('kind', [
  z.object({
    v: z.literal(1),
    kind: z.literal('embed'),
    ...packSchema,
    facts: z.array(factSchema).max(factsPerJob),
  }),
  z.object({
    v: z.literal(1),
    kind: z.literal('switch'),
    ...packSchema,
    version: z.string().min(1),
    /** The version this one was made from; empty: there was none. */
    base: z.string(),
    /** Files whose facts are taken over from it. */
    kept: z.array(z.string()),
    /** Those that are new, and how many facts each has. */
    added: z.array(z.object({ name: z.string(), facts: z.number().int() })),
  }),
]);
export type KnowledgeJob = z.infer<typeof knowledgeJobSchema>;
export type EmbedJob = Extract<KnowledgeJob, { kind: 'embed' }>;
export type SwitchJob = Extract<KnowledgeJob, { kind: 'switch' }>;
