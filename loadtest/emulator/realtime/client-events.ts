import { z } from 'zod';
import { RequestError } from '../api-error.ts';
import { checked } from './checked.ts';

const event_id = z.string().max(512).optional();

const part = z.looseObject({
  type: z.enum(['input_text', 'input_audio', 'input_image', 'output_text', 'output_audio', 'text']),
  text: z.string().optional(),
  audio: z.string().optional(),
  transcript: z.string().nullable().optional(),
});

const itemBase = {
  id: z.string().max(64).optional(),
  object: z.string().optional(),
  status: z.string().optional(),
};

/** An item as a client may create it. */
export const newItemSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...itemBase,
    type: z.literal('message'),
    role: z.enum(['user', 'assistant', 'system']),
    content: z.array(part),
  }),
  z.strictObject({
    ...itemBase,
    type: z.literal('function_call'),
    call_id: z.string().optional(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.strictObject({
    ...itemBase,
    type: z.literal('function_call_output'),
    call_id: z.string(),
    output: z.string(),
  }),
]);

export type NewItem = z.infer<typeof newItemSchema>;

const ms = z.number().int().min(0);

/** Everything a client may send, but for audio, which never passes through here. */
const schemas = {
  'session.update': z.strictObject({
    type: z.literal('session.update'),
    event_id,
    session: z.looseObject({}),
  }),
  'input_audio_buffer.commit': z.strictObject({ type: z.literal('input_audio_buffer.commit'), event_id }),
  'input_audio_buffer.clear': z.strictObject({ type: z.literal('input_audio_buffer.clear'), event_id }),
  'output_audio_buffer.clear': z.strictObject({ type: z.literal('output_audio_buffer.clear'), event_id }),
  'conversation.item.create': z.strictObject({
    type: z.literal('conversation.item.create'),
    event_id,
    previous_item_id: z.string().nullable().optional(),
    item: z.looseObject({ type: z.string() }),
  }),
  'conversation.item.retrieve': z.strictObject({
    type: z.literal('conversation.item.retrieve'),
    event_id,
    item_id: z.string(),
  }),
  'conversation.item.delete': z.strictObject({
    type: z.literal('conversation.item.delete'),
    event_id,
    item_id: z.string(),
  }),
  'conversation.item.truncate': z.strictObject({
    type: z.literal('conversation.item.truncate'),
    event_id,
    item_id: z.string(),
    content_index: ms,
    audio_end_ms: ms,
  }),
  'response.create': z.strictObject({
    type: z.literal('response.create'),
    event_id,
    response: z.looseObject({}).nullable().optional(),
  }),
  'response.cancel': z.strictObject({
    type: z.literal('response.cancel'),
    event_id,
    response_id: z.string().optional(),
  }),
} as const;

type EventType = keyof typeof schemas;
export type ClientEvent = { [K in EventType]: z.infer<(typeof schemas)[K]> }[EventType];

/** What arrived: audio as the base64 text it came in, or any other event, not yet checked. */
export type Incoming =
  | { kind: 'audio'; base64: string; eventId: string | null }
  | { kind: 'event'; value: Record<string, unknown>; eventId: string | null };

const APPEND = '"input_audio_buffer.append"';
const AUDIO_KEY = '"audio"';
/** The keys stand within this many characters of either end, whatever their order. */
const EDGE = 160;
/** OpenAI's limit for one append. */
const MAX_APPEND_BYTES = 15 * 1024 * 1024;

/**
 * Reads one message. An `append` is not parsed as JSON: base64 has no escapes, so its text is what
 * stands between two quotes.
 *
 * @throws {RequestError} when it is no JSON object
 */
export function readMessage(data: Buffer): Incoming {
  const head = data.toString('latin1', 0, EDGE);
  const isAppend =
    head.includes(APPEND) ||
    (data.length > EDGE && data.toString('latin1', data.length - EDGE).includes(APPEND));
  const audio = isAppend ? sliceAudio(data, head) : undefined;
  if (audio !== undefined) return audio;
  let value: unknown;
  try {
    value = JSON.parse(data.toString('utf8'));
  } catch {
    throw new RequestError('The server could not parse the JSON body of your message.', {
      code: 'invalid_json',
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestError('The message must be a JSON object.', { code: 'invalid_json' });
  }
  const event = value as Record<string, unknown>;
  const eventId = typeof event.event_id === 'string' ? event.event_id : null;
  if (event.type === 'input_audio_buffer.append') {
    const { audio: base64 } = checked(z.object({ audio: z.string() }), event, '');
    return { kind: 'audio', base64, eventId };
  }
  return { kind: 'event', value: event, eventId };
}

function sliceAudio(data: Buffer, head: string): Incoming | undefined {
  const key = head.indexOf(AUDIO_KEY);
  if (key < 0) return undefined;
  const open = head.indexOf('"', key + AUDIO_KEY.length);
  if (open < 0) return undefined;
  const close = data.indexOf(0x22, open + 1);
  if (close < 0) return undefined;
  if (close - open > (MAX_APPEND_BYTES * 4) / 3) {
    throw new RequestError('Audio chunk exceeds the maximum of 15 MiB.', {
      code: 'invalid_value',
      param: 'audio',
    });
  }
  const rest = head.slice(0, key) + data.toString('latin1', close, Math.min(data.length, close + EDGE));
  const eventId = /"event_id"\s*:\s*"([^"\\]*)"/.exec(rest)?.[1] ?? null;
  return { kind: 'audio', base64: data.toString('latin1', open + 1, close), eventId };
}

/**
 * Checks an event against what its type allows.
 *
 * @throws {RequestError}
 */
export function checkEvent(value: Record<string, unknown>): ClientEvent {
  const { type } = value;
  if (typeof type !== 'string') {
    throw new RequestError("Missing required parameter: 'type'.", {
      code: 'missing_required_parameter',
      param: 'type',
    });
  }
  if (!isEventType(type)) {
    const supported = ['input_audio_buffer.append', ...Object.keys(schemas)]
      .map((name) => `'${name}'`)
      .join(', ');
    throw new RequestError(`Invalid value: '${type}'. Supported values are: ${supported}.`, {
      code: 'invalid_value',
      param: 'type',
    });
  }
  return checked(schemas[type], value, '') as ClientEvent;
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(schemas, type);
}

/** Fields of the protocol that was switched off in 2026. */
const BETA_SESSION_FIELDS = [
  'modalities',
  'voice',
  'input_audio_format',
  'output_audio_format',
  'input_audio_transcription',
  'turn_detection',
  'max_response_output_tokens',
];
const BETA_RESPONSE_FIELDS = ['modalities', 'voice', 'output_audio_format', 'max_response_output_tokens'];

/** Whether an event has the shape of the beta protocol. */
export function isBetaShape(value: Record<string, unknown>): boolean {
  const has = (part: unknown, fields: readonly string[]) =>
    typeof part === 'object' && part !== null && fields.some((field) => field in part);
  if (value.type === 'session.update') return has(value.session, BETA_SESSION_FIELDS);
  if (value.type === 'response.create') return has(value.response, BETA_RESPONSE_FIELDS);
  return value.type === 'transcription_session.update';
}
