import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type {
  RealtimeAudioInputTurnDetection,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';
import type { ConversationSetup, TurnDetection } from './provider.ts';

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
