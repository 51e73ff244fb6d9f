import { z } from 'zod';
import type { Dialogue, DialogueState } from './dialogue.ts';

/** Raised with every change another worker could misread; a rolling deploy across it loses the calls of dead workers. */
export const journalVersion = 1;
export const maxJournalBytes = 32 * 1024;

const count = z.number().int().min(0);
const laneState = z.enum([
  'IDLE',
  'LISTENING',
  'B_RESPONDING',
  'A_PLAYING',
  'B_PLAYING',
  'FALLBACK_PLAYING',
  'ENDED',
]);

/** An answer that is owed or being spoken. */
const answerSchema = z.object({
  /** Of the same answer, spoken by workers before this one. */
  before: z.string(),
  /** Its words so far. */
  text: z.string(),
  /** These are all its words. */
  isWhole: z.boolean(),
  /** How long those words sound, what has left of it, and what comes before them in it (a bridge). */
  soundMs: z.number(),
  releasedMs: z.number(),
  prefaceMs: z.number(),
  /** Nothing leaves for the moment. */
  isPaused: z.boolean(),
});
export type AnswerInProgress = z.infer<typeof answerSchema>;

const objectionSchema = z.object({
  decision: z.enum(['allow', 'rewrite', 'refuse', 'escalate', 'cancel_output']),
  asDecided: z.enum(['allow', 'rewrite', 'refuse', 'escalate', 'cancel_output']).optional(),
  reasonCodes: z.array(z.string()),
  severity: z.number(),
  rules: z.array(z.string()),
});

const speakerSchema = z.object({
  state: laneState,
  /** Number of the answer that was begun last. */
  answer: count,
  /** `response.start` was sent, and not yet `response.end`. */
  isAnnounced: z.boolean(),
  inProgress: answerSchema.optional(),
  /** Why a safe line is being played. */
  objection: objectionSchema.optional(),
});
export type SpeakerProgress = z.infer<typeof speakerSchema>;

/** What another worker needs to go on with a call. */
const schema = z.object({
  version: z.literal(journalVersion),
  start: z.object({
    agent: z.string().optional(),
    audio: z.enum(['json', 'binary']).optional(),
    fingerprint: z.string().optional(),
    userAgent: z.string().optional(),
    tenantId: z.string().optional(),
  }),
  mode: z.enum(['push-to-talk', 'open-mic']),
  /** `provider.ready` was sent. */
  isReady: z.boolean(),
  speaker: speakerSchema,
  summary: z.string(),
  turns: z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() })),
  isAwaitingWords: z.boolean(),
  turn: count,
  /** The client connection whose frames these are, the last of them whose words are text, and done ones beyond it. */
  connection: z.string(),
  frame: count,
  done: z.array(count),
  /** Last message sent to the client, and how much sound was sent over that connection. */
  seq: count,
  soundMs: z.number().min(0).optional(),
  generation: count,
  oldestGeneration: count,
  /** When the call got its place, ms of the wall clock. */
  startedAt: count.optional(),
  /** The evidence's own: the head of its chain. */
  evidence: z.string().optional(),
});
export type JournalEntry = z.infer<typeof schema>;

export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/** @throws {JournalError} it was written by another version, or is no journal */
export function readEntry(data: string): JournalEntry {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new JournalError('the journal is not JSON');
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (version !== journalVersion) {
    throw new JournalError(
      `the journal is of version ${String(version)}, this worker reads ${journalVersion}`,
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Paths only: the values are what people have said.
  const paths = [...new Set(result.error.issues.map(({ path }) => path.join('.')))];
  throw new JournalError(`the journal makes no sense at ${paths.join(', ')}`);
}

/** The entry as it is stored; what does not fit is forgotten from the oldest words on. */
export function writeEntry(
  state: Omit<JournalEntry, 'version' | keyof DialogueState>,
  dialogue: Dialogue,
): string {
  for (;;) {
    const data = JSON.stringify({ version: journalVersion, ...state, ...dialogue.state() });
    if (Buffer.byteLength(data) <= maxJournalBytes || !dialogue.forgetOldest()) return data;
  }
}
