import type { ErrorId } from '@vjj/shared/errors.ts';
import type { ClientMessage } from '@vjj/shared/protocol/messages.ts';
import { z } from 'zod';

/** A field longer than this is no name, id or browser string. */
const maxFieldChars = 1024;
const maxTextChars = 8192;

const voiceMode = z.enum(['push-to-talk', 'open-mic']);
const field = z.string().max(maxFieldChars);
const played = { playedMs: z.number().min(0).max(86_400_000).optional() };

const schema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('session.start'),
    voiceMode: voiceMode.optional(),
    fingerprint: field.optional(),
    userAgent: field.optional(),
    tenantId: field.optional(),
    agent: field.optional(),
    audio: z.enum(['json', 'binary']).optional(),
  }),
  z.object({ type: z.literal('session.set_mode'), voiceMode }),
  z.object({ type: z.literal('session.end') }),
  z.object({
    type: z.literal('audio.chunk'),
    data: z.string(),
    format: z.literal('pcm').optional(),
    sampleRate: z.literal(24000).optional(),
  }),
  z.object({ type: z.literal('audio.commit') }),
  z.object({ type: z.literal('audio.stop'), ...played }),
  z.object({ type: z.literal('audio.cancel'), ...played }),
  z.object({ type: z.literal('playback.ended'), ...played }),
  z.object({ type: z.literal('user.barge_in'), ...played }),
  z.object({ type: z.literal('text.input'), text: z.string().trim().min(1).max(maxTextChars) }),
  z.object({ type: z.literal('ack'), seq: z.number().int().min(0), ...played }),
]) satisfies z.ZodType<ClientMessage>;

const types: ReadonlySet<string> = new Set(schema.options.map((option) => option.shape.type.value));

export type ClientFrame =
  | { kind: 'audio'; base64: string; pcm: Buffer }
  | { kind: 'message'; message: Exclude<ClientMessage, { type: 'audio.chunk' }> }
  | { kind: 'error'; id: ErrorId; detail?: string };

/** As our SDK and the usual clients write it; anything else takes the slow way and means the same. */
const audioHead = Buffer.from('{"type":"audio.chunk","data":"');
const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads a text frame of a client. The audio of a chunk is cut out of the frame without parsing JSON:
 * it is by far most of what comes in.
 */
export function readTextFrame(frame: Buffer): ClientFrame {
  if (
    frame.length > audioHead.length &&
    frame.compare(audioHead, 0, audioHead.length, 0, audioHead.length) === 0
  ) {
    const end = frame.indexOf(quote, audioHead.length);
    if (
      end !== -1 &&
      isPlainTail(frame, end + 1) &&
      frame.subarray(audioHead.length, end).indexOf(backslash) === -1
    ) {
      return audioOf(frame.toString('latin1', audioHead.length, end));
    }
  }
  let value: unknown;
  try {
    value = JSON.parse(frame.toString());
  } catch {
    return { kind: 'error', id: 'NOT_JSON' };
  }
  return readMessage(value);
}

/** Reads a binary frame: PCM, nothing else. */
export function readBinaryFrame(frame: Buffer): ClientFrame {
  if (frame.length % 2 !== 0) return { kind: 'error', id: 'ODD_PCM' };
  return { kind: 'audio', base64: frame.toString('base64'), pcm: frame };
}

/** The tails that say nothing more than the default. */
const plainTails = [
  '}',
  ',"format":"pcm"}',
  ',"format":"pcm","sampleRate":24000}',
  ',"sampleRate":24000}',
].map((tail) => Buffer.from(tail));

function isPlainTail(frame: Buffer, from: number): boolean {
  return plainTails.some(
    (tail) => frame.length - from === tail.length && frame.compare(tail, 0, tail.length, from) === 0,
  );
}

function readMessage(value: unknown): ClientFrame {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'error', id: 'NOT_JSON' };
  const type = (value as { type?: unknown }).type;
  if (typeof type !== 'string') return { kind: 'error', id: 'NOT_JSON' };
  if (!types.has(type)) return { kind: 'error', id: 'UNKNOWN_TYPE' };
  const result = schema.safeParse(value);
  if (!result.success) {
    const names = [...new Set(result.error.issues.map((issue) => issue.path.join('.')))];
    return { kind: 'error', id: 'BAD_FIELD', detail: `${type}: ${names.join(', ')}` };
  }
  if (result.data.type === 'audio.chunk') return audioOf(result.data.data);
  return { kind: 'message', message: result.data };
}

function audioOf(base64: string): ClientFrame {
  const pcm = Buffer.from(base64, 'base64');
  // The decoder skips what is not base64, which shows in the length, and takes base64url, which we do not.
  if (base64.includes('-') || base64.includes('_')) return { kind: 'error', id: 'BAD_BASE64' };
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  if (pcm.length !== Math.floor(((base64.length - padding) * 3) / 4))
    return { kind: 'error', id: 'BAD_BASE64' };
  if (pcm.length % 2 !== 0) return { kind: 'error', id: 'ODD_PCM' };
  return { kind: 'audio', base64, pcm };
}
