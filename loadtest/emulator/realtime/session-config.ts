import { z } from 'zod';
import { RequestError } from '../api-error.ts';
import { newId } from '../ids.ts';
import { REALTIME_VOICES } from '../speech/voices.ts';
import { checked } from './checked.ts';
import type { SemanticVad, ServerVad, Session } from './wire.ts';

/** How long a session lives, s (what `expires_at` promises). */
export const SESSION_SECONDS = 3600;

const DEFAULT_INSTRUCTIONS =
  "Your knowledge cutoff is 2023-10. You are a helpful, witty, and friendly AI. Act like a human, but remember that you aren't a human and that you can't do human things in the real world. Your voice and personality should be warm and engaging, with a lively and playful tone. Talk quickly. You should always call a function if you can.";

const serverVadDefaults: ServerVad = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 200,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
};

const semanticVadDefaults: SemanticVad = {
  type: 'semantic_vad',
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
};

const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('audio/pcm'), rate: z.literal(24000).default(24000) }),
  z.strictObject({ type: z.literal('audio/pcmu') }),
  z.strictObject({ type: z.literal('audio/pcma') }),
]);

const voice = z.union([z.enum(REALTIME_VOICES), z.strictObject({ id: z.string() })]);
const tokens = z.union([z.number().int().min(1).max(4096), z.literal('inf')]);
const modalities = z
  .array(z.enum(['text', 'audio']))
  .refine((list) => list.length === 1, "Supported combinations are: ['text'] and ['audio'].");
const tool = z.looseObject({
  type: z.enum(['function', 'mcp']).default('function'),
  name: z.string().optional(),
});
const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({ type: z.enum(['function', 'mcp']), name: z.string().optional() }),
]);

const turnDetection = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('server_vad'),
      threshold: z.number().min(0).max(1),
      prefix_padding_ms: z.number().int().min(0),
      silence_duration_ms: z.number().int().min(0),
      idle_timeout_ms: z.number().int().min(5000).max(30000).nullable(),
      create_response: z.boolean(),
      interrupt_response: z.boolean(),
    })
    .partial()
    .required({ type: true }),
  z
    .strictObject({
      type: z.literal('semantic_vad'),
      eagerness: z.enum(['low', 'medium', 'high', 'auto']),
      create_response: z.boolean(),
      interrupt_response: z.boolean(),
    })
    .partial()
    .required({ type: true }),
]);

const transcription = z.strictObject({
  model: z.string().optional(),
  language: z.string().optional(),
  languages: z.array(z.string()).optional(),
  prompt: z.string().optional(),
  keywords: z.array(z.string()).optional(),
  delay: z.string().optional(),
});

/** What `session.update` and `client_secrets` accept. */
export const sessionUpdateSchema = z
  .strictObject({
    model: z.string(),
    output_modalities: modalities,
    instructions: z.string(),
    audio: z
      .strictObject({
        input: z
          .strictObject({
            format,
            transcription: transcription.nullable(),
            noise_reduction: z.strictObject({ type: z.enum(['near_field', 'far_field']) }).nullable(),
            turn_detection: turnDetection.nullable(),
          })
          .partial(),
        output: z.strictObject({ format, voice, speed: z.number().min(0.25).max(1.5) }).partial(),
      })
      .partial(),
    tools: z.array(tool),
    tool_choice: toolChoice,
    parallel_tool_calls: z.boolean(),
    reasoning: z.strictObject({ effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional() }),
    max_output_tokens: tokens,
    tracing: z.union([z.literal('auto'), z.looseObject({})]).nullable(),
    truncation: z.union([
      z.enum(['auto', 'disabled']),
      z.looseObject({ type: z.literal('retention_ratio') }),
    ]),
    prompt: z.looseObject({ id: z.string() }).nullable(),
    include: z.array(z.literal('item.input_audio_transcription.logprobs')).nullable(),
  })
  .partial()
  .extend({ type: z.literal('realtime') });

export type SessionUpdate = z.infer<typeof sessionUpdateSchema>;

/** What `response.create` may override. */
export const responseOptionsSchema = z
  .strictObject({
    conversation: z.enum(['auto', 'none']),
    input: z.array(z.looseObject({ type: z.string() })),
    instructions: z.string(),
    metadata: z.record(z.string(), z.string()).nullable(),
    output_modalities: modalities,
    audio: z.strictObject({ output: z.strictObject({ format, voice }).partial().optional() }),
    tools: z.array(tool),
    tool_choice: toolChoice,
    parallel_tool_calls: z.boolean(),
    reasoning: z.looseObject({}),
    max_output_tokens: tokens,
    prompt: z.looseObject({}).nullable(),
  })
  .partial();

export type ResponseOptions = z.infer<typeof responseOptionsSchema>;

/** A new session as the wire showed it (December 2025). */
export function newSession(model: string): Session {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: newId('sess'),
    model,
    output_modalities: ['audio'],
    instructions: DEFAULT_INSTRUCTIONS,
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: Math.floor(Date.now() / 1000) + SESSION_SECONDS,
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: { ...serverVadDefaults },
      },
      output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'alloy', speed: 1 },
    },
    include: null,
  };
}

/**
 * The session after an update: what the update does not name stays, at every depth.
 *
 * @param update   what the client sent as `session`
 * @param locked   whether the assistant has spoken, after which the voice may not change
 * @throws {RequestError} when a field is unknown or has no legal value; then nothing changes
 */
export function updatedSession(session: Session, update: unknown, locked: boolean): Session {
  if (typeof update === 'object' && update !== null && !('type' in update)) {
    throw new RequestError("Missing required parameter: 'session.type'.", {
      code: 'missing_required_parameter',
      param: 'session.type',
    });
  }
  const { model, audio, ...rest } = checked(sessionUpdateSchema, update, 'session');
  if (model !== undefined && model !== session.model) {
    throw new RequestError("Cannot update a conversation's model.", {
      code: 'cannot_update_model',
      param: 'session.model',
    });
  }
  const output = { ...session.audio.output, ...withoutCustomVoice(audio?.output) };
  if (locked && output.voice !== session.audio.output.voice) {
    throw new RequestError("Cannot update a conversation's voice if assistant audio is present.", {
      code: 'cannot_update_voice',
    });
  }
  const input = { ...session.audio.input, ...audio?.input } as Session['audio']['input'];
  const detection = audio?.input?.turn_detection;
  if (detection) input.turn_detection = mergedDetection(session.audio.input.turn_detection, detection);
  return { ...session, ...rest, audio: { input, output } } as Session;
}

function mergedDetection(
  current: ServerVad | SemanticVad | null,
  update: z.infer<typeof turnDetection>,
): ServerVad | SemanticVad {
  if (update.type === 'server_vad') {
    const base = current?.type === 'server_vad' ? current : serverVadDefaults;
    return { ...base, ...update } as ServerVad;
  }
  const base = current?.type === 'semantic_vad' ? current : semanticVadDefaults;
  return { ...base, ...update } as SemanticVad;
}

/** A custom voice cannot be synthesised here; the emulator speaks it as alloy. */
function withoutCustomVoice<T extends { voice?: unknown }>(
  output: T | undefined,
): Partial<Session['audio']['output']> {
  if (!output) return {};
  const plain = typeof output.voice === 'object' ? { ...output, voice: 'alloy' } : output;
  return plain as Partial<Session['audio']['output']>;
}
