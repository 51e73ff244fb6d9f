import { z } from 'zod';
import { faultSchema } from './faults.ts';

const ms = z.number().min(0);
/** Either an exact time or one drawn evenly from a range, ms. */
const msRange = z.union([ms, z.strictObject({ min: ms, max: ms })]);

const regex = z.string().refine((source) => {
  try {
    new RegExp(source, 'i');
    return true;
  } catch {
    return false;
  }
}, 'not a regular expression');

const answerRule = z
  .strictObject({
    /** Tried, ignoring case, on the user's words; without it the rule is used in turn. */
    when: regex.optional(),
    /** True: only once a tool's output is there. False: only before. Absent: either. */
    afterTool: z.boolean().optional(),
    say: z.string().min(1).optional(),
    /** Instead of `say`: plausible sentences of about this length, ms of speech. */
    answerMs: ms.optional(),
  })
  .refine(
    (rule) => (rule.say === undefined) !== (rule.answerMs === undefined),
    'needs either say or answerMs',
  );

const toolCallRule = z.strictObject({
  when: regex.optional(),
  /** Called only when the session or the response offers a tool of this name. */
  name: z.string().min(1),
  arguments: z.record(z.string(), z.unknown()).default({}),
});

const fields = {
  /** What the user is understood to have said by microphone, in turn per session, from the top again at the end. */
  heard: z.array(z.string()).min(1),
  /** First rule whose `when` matches; else the rules without `when` in turn; else the model's own manners. */
  answers: z.array(answerRule),
  /** Length of the model's default answers, ms of speech; null: as long as its words are. */
  answerMs: ms.nullable(),
  /** Tools the model calls whatever its manners, tried once per user turn before `answers`. */
  toolCalls: z.array(toolCallRule),
  /** How far a word's transcript is ahead of its audio, ms of audio time (negative: behind). */
  transcriptLeadMs: z
    .strictObject({ min: z.number(), max: z.number() })
    .refine((lead) => lead.min <= lead.max, 'min is above max'),
  /** How much the lead wanders from word to word within an answer, ms. */
  leadJitterMs: ms,
  /** Audio comes this many times faster than it plays. */
  speedUp: z.number().min(0.1).max(1000),
  /** The model's thinking time before its first delta. */
  firstAudioMs: msRange,
  /** From commit to the transcription of the user's speech; null: it never comes. */
  inputTranscriptMs: msRange.nullable(),
  /** Between one word of that transcription and the next; 0: all of them come at once. */
  inputWordMs: ms,
  /** The transcription ends in `…transcription.failed`. */
  transcriptFails: z.boolean(),
  /** Audio in one delta, ms. */
  audioDeltaMs: z.number().int().min(10).max(2000),
  /** What `rate_limits.updated` says of the account's tokens; null: as if this response were all that was asked for. */
  tokensLeft: z
    .strictObject({
      limit: z.number().min(0),
      remaining: z.number().min(0),
      reset_seconds: z.number().min(0),
    })
    .nullable(),
  /** A session older than this is closed with 1001, as the real one at 60 minutes. */
  sessionMaxMs: ms,
  /** Replaces the client's `idle_timeout_ms` (whose smallest value is 5,000); null: the client's counts. */
  idleTimeoutMs: ms.nullable(),
  /** Lines to synthesise ahead, beside those found in `answers`. */
  prepare: z.array(z.string()),
};

/** A whole script. */
export const scriptSchema = z.strictObject(fields);
export type Script = z.infer<typeof scriptSchema>;
export type AnswerRule = z.infer<typeof answerRule>;
export type ToolCallRule = z.infer<typeof toolCallRule>;

/** Some of a script's fields: what `PATCH /emulator/script` takes. */
export const scriptPatchSchema = scriptSchema.partial();
export type ScriptPatch = z.infer<typeof scriptPatchSchema>;

/** What a marker in a session carries: some of the script, and faults of its own. */
export const sessionPatchSchema = z
  .strictObject(fields)
  .partial()
  .extend({ faults: z.array(faultSchema).optional() });
export type SessionPatch = z.infer<typeof sessionPatchSchema>;

/** A script with some of its fields replaced, each as a whole. */
export function changedScript(script: Script, patch: ScriptPatch): Script {
  // Parsed JSON holds no key whose value is undefined, so what is not in the patch stays.
  return { ...script, ...patch } as Script;
}

export const defaultScript: Script = {
  heard: ['What are your opening hours?', 'How long is the warranty?', 'Thank you, that is all.'],
  answers: [],
  answerMs: null,
  toolCalls: [],
  transcriptLeadMs: { min: -200, max: 1500 },
  leadJitterMs: 150,
  speedUp: 4,
  firstAudioMs: { min: 120, max: 180 },
  inputTranscriptMs: 250,
  inputWordMs: 0,
  transcriptFails: false,
  audioDeltaMs: 100,
  tokensLeft: null,
  sessionMaxMs: 3_600_000,
  idleTimeoutMs: null,
  prepare: [],
};

const MARKER = '[emulator:';

/**
 * Takes the marker `[emulator:{…}]` out of a text.
 *
 * @returns the text without it, and the patch, if one was there and is valid
 * @throws {z.ZodError | SyntaxError} when the marker is there but says something unknown
 */
export function takeMarker(text: string): { text: string; patch: SessionPatch | undefined } {
  const from = text.indexOf(MARKER);
  if (from < 0) return { text, patch: undefined };
  const end = endOfJson(text, from + MARKER.length);
  if (end < 0 || text[end] !== ']') throw new SyntaxError('the [emulator:…] marker is not closed');
  const patch = sessionPatchSchema.parse(JSON.parse(text.slice(from + MARKER.length, end)));
  return { text: (text.slice(0, from) + text.slice(end + 1)).trim(), patch };
}

/** Where the JSON object beginning at `from` ends (exclusive), or -1. */
function endOfJson(text: string, from: number): number {
  let depth = 0;
  let inString = false;
  for (let at = from; at < text.length; at++) {
    const c = text[at];
    if (inString) {
      if (c === '\\') at++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === '{') depth++;
    else if (c === '}' && --depth === 0) return at + 1;
  }
  return -1;
}

/** Draws a time from a range, ms. */
export function draw(range: number | { min: number; max: number }): number {
  return typeof range === 'number' ? range : range.min + Math.random() * (range.max - range.min);
}
