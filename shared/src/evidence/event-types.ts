import { z } from 'zod';

/**
 * What may be told in evidence, and the shape of each payload. Payloads hold no words of anybody: those stand in
 * `sealed`, with the fields that `personalFields` names. Fields of a later version are kept, not refused.
 */
export const payloads = {
  'session.started': z.looseObject({
    worker: z.string(),
    version: z.string(),
    voiceMode: z.string(),
  }),
  'session.ended': z.looseObject({
    /** `caller`, `gateway`, `drain`, `moved`, or an id of the error table. */
    reason: z.string(),
    durationMs: z.number(),
  }),
  /** First event of the chain of a further epoch: which chain it continues, as far as its head is known. */
  'session.moved': z.looseObject({
    worker: z.string(),
    cause: z.string(),
    fromEpoch: z.number(),
    fromSeq: z.number().optional(),
    fromHash: z.string().optional(),
    gapMs: z.number().optional(),
  }),
  'session.resumed': z.looseObject({ fromSeq: z.number(), lost: z.number() }),
  'user.transcript': z.looseObject({
    turn: z.number(),
    source: z.enum(['spoken', 'typed']),
    characters: z.number(),
  }),
  /** What was heard of an answer, acknowledgement or safe line; the words are sealed. */
  'assistant.transcript': z.looseObject({
    turn: z.number(),
    lane: z.string(),
    heardMs: z.number(),
    characters: z.number(),
    /** More or other words were generated than heard; those are sealed as `generated`. */
    differs: z.boolean(),
    /**
     * `released`: all of it has left, and is heard unless a later event of the turn says otherwise; else what cut
     * it short.
     */
    cause: z.string(),
  }),
  'policy.decision': z.looseObject({
    turn: z.number(),
    /** Whose words: `user`, `assistant`, `tool`. */
    speaker: z.string(),
    decision: z.string(),
    /** Before its severity made it a cancel. */
    asDecided: z.string().optional(),
    reasonCodes: z.array(z.string()),
    rules: z.array(z.string()),
    severity: z.number(),
  }),
  /** A rule objected and was overruled, by whom or what. */
  'policy.override': z.looseObject({ turn: z.number(), rules: z.array(z.string()), by: z.string() }),
  checks: z.looseObject({
    turn: z.number(),
    speaker: z.string(),
    ran: z.array(z.looseObject({ check: z.string(), micros: z.number() })),
  }),
  /** A person is needed; the webhook is told of it. What was said last is sealed as `context`. */
  escalation: z.looseObject({
    turn: z.number(),
    decision: z.string(),
    reasonCodes: z.array(z.string()),
    rules: z.array(z.string()),
    severity: z.number(),
  }),
  fallback: z.looseObject({ turn: z.number(), kind: z.string(), reasonCodes: z.array(z.string()) }),
  rewrite: z.looseObject({ turn: z.number(), keptMs: z.number(), reasonCodes: z.array(z.string()) }),
  'tool.call': z.looseObject({ turn: z.number(), call: z.string(), tool: z.string() }),
  'tool.result': z.looseObject({
    turn: z.number(),
    call: z.string(),
    tool: z.string(),
    ms: z.number(),
    characters: z.number(),
  }),
  'knowledge.query': z.looseObject({ turn: z.number(), call: z.string() }),
  'knowledge.result': z.looseObject({
    turn: z.number(),
    call: z.string(),
    ms: z.number(),
    facts: z.array(z.looseObject({ id: z.string(), score: z.number().optional() })),
  }),
  barge_in: z.looseObject({ turn: z.number(), heardMs: z.number() }),
  'lane.changed': z.looseObject({ from: z.string(), to: z.string(), cause: z.string() }),
  /** An id of the error table. */
  error: z.looseObject({ code: z.string() }),
  /** From the end of the caller's turn; absent: it never came. */
  'response.timing': z.looseObject({
    turn: z.number(),
    ttfbMs: z.number().optional(),
    firstAudioMs: z.number().optional(),
    totalMs: z.number(),
  }),
  /** What was recorded of the call in this epoch, and lies beside the trail; see `recording.ts`. */
  'session.recorded': z.looseObject({
    /** `audio`: both voices; `call`: all that is needed to play the call again. */
    what: z.enum(['audio', 'call']),
    pieces: z.number(),
    bytes: z.number(),
    /** SHA-256 (hex) of the file. */
    sha256: z.string(),
    /** Why it ends before the call does; absent: it does not. */
    stopped: z.string().optional(),
  }),
  /** A person was erased; stands in a chain of its own, `erasure:<id>`. */
  'person.erased': z.looseObject({
    keys: z.number(),
    sessions: z.number(),
    recordings: z.union([z.number(), z.literal('not removed')]).optional(),
    /** Whether memory and vectors are on their way out. */
    memory: z.enum(['queued', 'not queued', 'not needed']),
  }),
  /** Recordings are removed since they are older than is allowed; stands in a chain of its own, `retention:<id>`. */
  'recordings.removed': z.looseObject({
    recordings: z.number(),
    /** RECORDINGS_KEEP_DAYS. */
    keepDays: z.number(),
    /** Of calls that ended before this time, ISO 8601. */
    before: z.string(),
  }),
} as const satisfies Record<string, z.ZodType>;

export type EventType = keyof typeof payloads;
export const eventTypes = Object.keys(payloads) as [EventType, ...EventType[]];
export type PayloadOf<T extends EventType> = z.input<(typeof payloads)[T]>;

/** The fields inside `sealed`. Words are masked (`[card number]`) before they are encrypted. */
export const personalFields = z.looseObject({
  /** user.transcript; what was heard, of assistant.transcript; the corrected rest, of rewrite. */
  text: z.string().optional(),
  /** What was generated, when something else was heard. */
  generated: z.string().optional(),
  /** tool.call: JSON. */
  arguments: z.string().optional(),
  /** tool.result: as a person would read it. */
  result: z.string().optional(),
  /** knowledge.query. */
  query: z.string().optional(),
  /** escalation: what was said last, oldest first. */
  context: z.array(z.object({ speaker: z.enum(['user', 'assistant']), text: z.string() })).optional(),
});
export type PersonalFields = z.infer<typeof personalFields>;
