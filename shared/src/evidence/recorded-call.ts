import { z } from 'zod';

/**
 * A recorded call in the clear, as a file of JSON lines: what reached it from outside, in order, and what it did. Made
 * by `npm run audit -- export --format call`, played by `npm run audit -- replay`.
 */
export const recordedCallVersion = 1;

const head = z.object({
  v: z.literal(recordedCallVersion),
  is: z.literal('call'),
  session: z.string(),
  /** ISO 8601. */
  recordedAt: z.string(),
  /** Of the software that had the call. */
  version: z.string(),
  agent: z.string(),
  settings: z.record(z.string(), z.string()),
  /** `session.start` as the caller sent it. */
  start: z.looseObject({ type: z.literal('session.start') }),
});

/** Ms since the call began. */
const at = z.number();
const connection = z.number().int().positive();

const step = z.discriminatedUnion('is', [
  /** A frame of the caller: text, or base64 of a binary one. */
  z.object({ is: z.literal('frame'), at, text: z.string() }),
  z.object({ is: z.literal('binary'), at, base64: z.string() }),
  /** The lane changed; the caller was told. */
  z.object({ is: z.literal('lane'), at, from: z.string(), to: z.string() }),
  z.object({ is: z.literal('line-lost'), at }),
  z.object({ is: z.literal('line-back'), at }),
  /** Connections to the voice service are numbered from 1. */
  z.object({ is: z.literal('opened'), at, connection }),
  z.object({ is: z.literal('refused'), at, connection, code: z.string() }),
  z.object({ is: z.literal('received'), at, connection, event: z.string() }),
  z.object({ is: z.literal('asked'), at, connection, what: z.string() }),
  z.object({ is: z.literal('closed'), at, connection, code: z.number().int() }),
  /** From here on another worker had the call. `died`: because the one before had been killed. */
  z.object({ is: z.literal('moved'), at, cause: z.string(), died: z.boolean() }),
  z.object({ is: z.literal('ended'), at, reason: z.string() }),
]);

/** What the call did, as its evidence tells. */
const told = z.object({
  is: z.literal('told'),
  type: z.string(),
  payload: z.record(z.string(), z.unknown()),
  text: z.string().optional(),
});

export type CallHead = z.infer<typeof head>;
export type CallStep = z.infer<typeof step>;
export type CallStepOf<K extends CallStep['is']> = Extract<CallStep, { is: K }>;
export type Told = z.infer<typeof told>;

export interface RecordedCall {
  head: CallHead;
  steps: CallStep[];
  told: Told[];
}

/** Kinds of events that a replay is compared by. */
export const toldTypes: ReadonlySet<string> = new Set([
  'session.moved',
  'lane.changed',
  'policy.decision',
  'assistant.transcript',
]);

/** @throws naming the line that is wrong, or the version that is not read here */
export function parseRecordedCall(text: string): RecordedCall {
  const lines = text.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line, at) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw new Error(`line ${at + 1}: not JSON`);
    }
  });
  const { v, is } = (parsed[0] ?? {}) as { v?: unknown; is?: unknown };
  if (is !== 'call') throw new Error('line 1: this is no recorded call');
  if (v !== recordedCallVersion)
    throw new Error(
      `the recorded call is of version ${String(v)}; this software plays version ${recordedCallVersion}`,
    );
  const call: RecordedCall = { head: read(head, parsed[0], 1), steps: [], told: [] };
  for (const [at, value] of parsed.entries()) {
    if (at === 0) continue;
    if ((value as { is?: unknown }).is === 'told') call.told.push(read(told, value, at + 1));
    else call.steps.push(read(step, value, at + 1));
  }
  return call;
}

function read<T>(schema: z.ZodType<T>, value: unknown, line: number): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`line ${line}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}`);
}
