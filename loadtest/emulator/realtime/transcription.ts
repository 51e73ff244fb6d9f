import { draw } from '../script.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Behaviour } from './behaviour.ts';
import type { Entry } from './conversation.ts';
import type { EventSocket } from './event-socket.ts';
import { textTokens } from './usage.ts';
import type { Session } from './wire.ts';

/** The `late-input-transcript` fault puts it so long after its usual time, ms. */
const LATE_MS = 3000;

export interface TranscriptionHost {
  socket: EventSocket;
  wheel: TimerWheel;
  session: Session;
  behaviour: Behaviour;
}

/**
 * Sends the words of a spoken item, on their own time, if the session asked for them: deltas, then
 * the whole.
 */
export function transcribe(entry: Entry, host: TranscriptionHost): void {
  const { session, behaviour, socket } = host;
  const { script } = behaviour;
  const asked = session.audio.input.transcription;
  if (!asked || script.inputTranscriptMs === null) return;
  const late = behaviour.reorders('late-input-transcript') ? LATE_MS : 0;
  host.wheel.schedule(draw(script.inputTranscriptMs) + late, () => {
    const place = { item_id: entry.item.id, content_index: 0 };
    if (script.transcriptFails) {
      socket.send({
        type: 'conversation.item.input_audio_transcription.failed',
        ...place,
        error: {
          type: 'server_error',
          code: 'audio_unintelligible',
          message: 'The audio could not be transcribed.',
        },
      });
      return;
    }
    const transcript = entry.words ?? '';
    const whole = () => {
      if (entry.item.type === 'message' && entry.item.role === 'user') {
        const part = entry.item.content[0];
        if (part) part.transcript = transcript;
      }
      socket.send({
        type: 'conversation.item.input_audio_transcription.completed',
        ...place,
        transcript,
        usage: usage(asked.model, transcript, entry.audioMs),
      });
    };
    const words = transcript.match(/\s*\S+/g) ?? [];
    const tell = (at: number): void => {
      const delta = words[at];
      if (delta === undefined) {
        whole();
        return;
      }
      socket.send({ type: 'conversation.item.input_audio_transcription.delta', ...place, delta });
      if (script.inputWordMs === 0) tell(at + 1);
      else host.wheel.schedule(script.inputWordMs, () => tell(at + 1));
    };
    tell(0);
  });
}

function usage(model: string | undefined, transcript: string, audioMs: number) {
  if (model === 'whisper-1') return { type: 'duration', seconds: Math.ceil(audioMs / 1000) } as const;
  const audio = Math.round(audioMs / 100);
  const output = textTokens(transcript);
  return {
    type: 'tokens',
    total_tokens: audio + output,
    input_tokens: audio,
    input_token_details: { text_tokens: 0, audio_tokens: audio },
    output_tokens: output,
  } as const;
}
