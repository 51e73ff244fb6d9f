import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type {
  RateLimitsUpdatedEvent,
  RealtimeAudioInputTurnDetection,
  RealtimeClientEvent,
  RealtimeResponseCreateParams,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';
import type { ConversationSetup, CutOff, HistoryItem, TurnDetection } from './provider.ts';
import type { RateLimit } from './provider-limits.ts';

/** How the service is to find the end of an utterance; null: the client says it. */
export function turnDetectionOf(
  detection: TurnDetection,
  mode: VoiceMode,
): RealtimeAudioInputTurnDetection | null {
  if (mode === 'push-to-talk') return null;
  // The worker asks for answers and stops them itself, so that words can be judged before.
  const ours = { create_response: false, interrupt_response: false };
  if (detection.type === 'semantic_vad') {
    return { type: 'semantic_vad', eagerness: detection.eagerness, ...ours };
  }
  return {
    type: 'server_vad',
    threshold: detection.threshold,
    prefix_padding_ms: detection.prefixPaddingMs,
    silence_duration_ms: detection.silenceDurationMs,
    ...ours,
  };
}

/** Tells the service something that was said before it was there. */
export function historyEvent({ role, text }: HistoryItem): RealtimeClientEvent {
  const type = role === 'assistant' ? 'output_text' : 'input_text';
  return {
    type: 'conversation.item.create',
    item: { type: 'message', role, content: [{ type, text }] } as Extract<
      RealtimeClientEvent,
      { type: 'conversation.item.create' }
    >['item'],
  };
}

/** The service is reminded of so much of what was heard before the cut. */
const reminderChars = 300;

/** Asks for the rest of an answer. These instructions stand in place of the conversation's, which come first in them. */
export function cutOffResponse(
  setup: ConversationSetup,
  { said, rest, isRestWhole }: CutOff,
): RealtimeResponseCreateParams {
  const quoted = (text: string) => `"${text.replaceAll('"', '\\"')}"`;
  const where =
    said === '' ? 'before its first word' : `after the words ${quoted(said.slice(-reminderChars))}`;
  const begun = rest === '' ? '' : ` You were about to say ${quoted(rest)}; begin with that.`;
  const what = isRestWhole
    ? `Say exactly: ${quoted(rest)}`
    : `Say the rest of what you meant to say.${begun}`;
  return {
    instructions: `${setup.instructions}\n\nYour last answer was cut off ${where}. Go on right there, without a greeting, an apology or a repetition. ${what}`,
    ...(isRestWhole ? { tool_choice: 'none' as const } : {}),
  };
}

/** The settings of a conversation as the service takes them. */
export function sessionUpdate(
  setup: ConversationSetup,
  transcriptionModel: string,
): RealtimeSessionCreateRequest {
  const format = { type: 'audio/pcm', rate: 24000 } as const;
  return {
    type: 'realtime',
    output_modalities: ['audio'],
    instructions: setup.instructions,
    tools: setup.tools.map((tool) => ({ type: 'function', ...tool })),
    tool_choice: 'auto',
    audio: {
      input: {
        format,
        transcription: {
          model: transcriptionModel,
          ...(setup.language === undefined ? {} : { language: setup.language }),
        },
        turn_detection: turnDetectionOf(setup.turnDetection, setup.voiceMode),
      },
      output: { format, voice: setup.voice },
    },
  };
}

/** The limits the service tells of; any field may be missing. */
export function rateLimitsOf({ rate_limits }: RateLimitsUpdatedEvent): RateLimit[] {
  return rate_limits.flatMap(({ name, limit, remaining, reset_seconds }) =>
    name === undefined || limit === undefined || remaining === undefined
      ? []
      : [{ name, limit, remaining, resetMs: (reset_seconds ?? 0) * 1000 }],
  );
}
