import type { ErrorId } from '@vjj/shared/errors.ts';
import type { ClientMessage } from '@vjj/shared/protocol/messages.ts';
import { z } from 'zod';
import { decodeBase64 } from './base64.ts';

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

/** Audio of the caller: views that are good until the frame was dealt with. */
export interface CallerAudio {
  pcm: Buffer;
  /** The same in base64 as it came, ASCII; undefined: it came as bytes. */
  base64?: Buffer;
}

export type ClientFrame =
  | { kind: 'audio'; audio: CallerAudio }
  | { kind: 'message'; message: Exclude<ClientMessage, { type: 'audio.chunk' }> }
  | { kind: 'error'; id: ErrorId; detail?: string };

/** As our SDK and the usual clients write it; anything else takes the slow way and means the same. */
const audioHead = Buffer.from('{"type":"audio.chunk","data":"');
/** With tails that say nothing more than the default. */
const plainTails = [
  '"}',
  '","format":"pcm"}',
  '","format":"pcm","sampleRate":24000}',
  '","sampleRate":24000}',
].map((tail) => Buffer.from(tail));

/**
 * Reads a text frame of a client. The audio of a chunk is cut out of the frame without parsing JSON:
 * it is by far most of what comes in.
 */
export function readTextFrame(frame: Buffer): ClientFrame {
  const base64 = plainBase64Of(frame);
  const pcm = base64 && decodeBase64(base64.toString('latin1'));
  // What looked plain may hold escapes, quotes, or anything else.
  if (pcm !== undefined) return audioOf(pcm, base64);
  let value: unknown;
  try {
    value = JSON.parse(frame.toString());
  } catch {
    return { kind: 'error', id: 'NOT_JSON' };
  }
  return readMessage(value);
}

function plainBase64Of(frame: Buffer): Buffer | undefined {
  if (frame.length < audioHead.length || !holds(frame, audioHead, 0)) return undefined;
  for (const tail of plainTails) {
    const end = frame.length - tail.length;
    if (end >= audioHead.length && holds(frame, tail, end)) return frame.subarray(audioHead.length, end);
  }
  return undefined;
}

function holds(frame: Buffer, part: Buffer, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (frame[at + i] !== part[i]) return false;
  return true;
}

/** Reads a binary frame: PCM, nothing else. */
export function readBinaryFrame(frame: Buffer): ClientFrame {
  if (frame.length % 2 !== 0) return { kind: 'error', id: 'ODD_PCM' };
  return { kind: 'audio', audio: { pcm: frame } };
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
  if (result.data.type === 'audio.chunk') {
    const pcm = decodeBase64(result.data.data);
    return pcm === undefined ? { kind: 'error', id: 'BAD_BASE64' } : audioOf(pcm);
  }
  return { kind: 'message', message: result.data };
}

function audioOf(pcm: Buffer, base64?: Buffer): ClientFrame {
  if (pcm.length % 2 !== 0) return { kind: 'error', id: 'ODD_PCM' };
  return { kind: 'audio', audio: base64 === undefined ? { pcm } : { pcm, base64 } };
}
