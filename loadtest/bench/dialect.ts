import { stampBytes } from '../emulator/audio-stamp.ts';
import { AudioFrame } from './audio-frame.ts';
import { frameMs, type Pattern } from './pattern.ts';
import { textFrame } from './wire-frame.ts';

/** `relay` speaks Realtime itself; the others are clients of ours. */
export type DialectName = 'relay' | 'json' | 'binary';

/** What a frame of the server means to a caller of any dialect. */
export type Heard =
  | 'greeting'
  | 'ready'
  | 'answerBegan'
  | 'audio'
  | 'answerEnded'
  | 'speechEnded'
  | 'stopped'
  | 'error'
  | 'other';

/** What a caller says: all but its audio, whole frames of `wire-frame.ts`. */
export interface Dialect {
  readonly path: string;
  /** Sent when the socket is open, or on the greeting. */
  start(pattern: Pattern): Buffer;
  readonly startsOn: 'open' | 'greeting';
  /** Loud enough to be speech, and stamped; and silence, which cannot be. */
  readonly speech: AudioFrame;
  readonly silence: AudioFrame;
  /** Sent before the first frame of a push-to-talk turn, where a client does so. */
  readonly press: Buffer | undefined;
  readonly commit: readonly Buffer[];
  /** Stops an answer; undefined: it is only thrown away at the caller's side. */
  readonly interrupt: Buffer | undefined;
  readonly end: Buffer | undefined;
  hear(data: Buffer, isBinary: boolean): Heard;
  /** What it hears as its greeting, where it waits for one, and as ready: for a server to warm up with. */
  readonly greeting: string | undefined;
  readonly ready: string;
}

const samplesPerMs = 24;
/** A tone whose RMS, 4,200, is far above the floor. */
const speechPcm = Buffer.from(
  Int16Array.from({ length: frameMs * samplesPerMs }, (_, at) => Math.round(6000 * Math.sin(at / 9))).buffer,
);
speechPcm.fill(0, 0, stampBytes);
const silencePcm = Buffer.alloc(speechPcm.length);

/** All messages of both protocols begin so; the type follows. */
const typeAt = '{"type":"'.length;
const longestType = 40;

/** The type of a message, read without parsing it: audio is most of what comes. */
export function typeOf(data: Buffer): string {
  const head = data.toString('latin1', typeAt, typeAt + longestType);
  const end = head.indexOf('"');
  return end === -1 ? head : head.slice(0, end);
}

const realtime: Readonly<Record<string, Heard>> = {
  'session.created': 'greeting',
  'session.updated': 'ready',
  'response.created': 'answerBegan',
  'response.output_audio.delta': 'audio',
  'response.done': 'answerEnded',
  'input_audio_buffer.speech_stopped': 'speechEnded',
  error: 'error',
};

const ours: Readonly<Record<string, Heard>> = {
  'provider.ready': 'ready',
  'response.start': 'answerBegan',
  'response.end': 'answerEnded',
  'speech.stopped': 'speechEnded',
  'user.barge_in.ack': 'stopped',
  error: 'error',
};

/** Where the lane stands in a JSON audio message, from its end. */
const tailBytes = 90;
const laneB = 1;

function hearOurs(data: Buffer, isBinary: boolean): Heard {
  if (isBinary) return data[1] === laneB ? 'audio' : 'other';
  const type = typeOf(data);
  if (type === 'audio.chunk')
    return data.toString('latin1', Math.max(0, data.length - tailBytes)).includes('"lane":"B"')
      ? 'audio'
      : 'other';
  return ours[type] ?? 'other';
}

function client(audio: 'json' | 'binary'): Dialect {
  const head = '{"type":"audio.chunk","data":"';
  return {
    path: '/ws',
    start: ({ voiceMode }) => textFrame(JSON.stringify({ type: 'session.start', voiceMode, audio })),
    startsOn: 'open',
    speech: audio === 'json' ? AudioFrame.text(head, speechPcm) : AudioFrame.binary(speechPcm),
    silence: audio === 'json' ? AudioFrame.text(head, silencePcm) : AudioFrame.binary(silencePcm),
    // As the SDK does when the button is pressed.
    press: textFrame('{"type":"user.barge_in"}'),
    commit: [textFrame('{"type":"audio.commit"}')],
    interrupt: textFrame('{"type":"user.barge_in"}'),
    end: textFrame('{"type":"session.end"}'),
    hear: hearOurs,
    greeting: undefined,
    ready: '{"type":"provider.ready"}',
  };
}

const appendHead = '{"type":"input_audio_buffer.append","audio":"';

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  json: client('json'),
  binary: client('binary'),
  relay: {
    path: '/',
    start: ({ voiceMode }) =>
      textFrame(
        JSON.stringify({
          type: 'session.update',
          session: {
            type: 'realtime',
            output_modalities: ['audio'],
            audio: {
              input: {
                format: { type: 'audio/pcm', rate: 24_000 },
                transcription: { model: 'gpt-transcribe' },
                turn_detection:
                  voiceMode === 'open-mic'
                    ? { type: 'server_vad', silence_duration_ms: 500, create_response: true }
                    : null,
              },
              output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' },
            },
          },
        }),
      ),
    startsOn: 'greeting',
    speech: AudioFrame.text(appendHead, speechPcm),
    silence: AudioFrame.text(appendHead, silencePcm),
    press: undefined,
    commit: [textFrame('{"type":"input_audio_buffer.commit"}'), textFrame('{"type":"response.create"}')],
    // The service delivers faster than speech: when the caller interrupts, there is nothing left to cancel.
    interrupt: undefined,
    end: undefined,
    hear: (data) => realtime[typeOf(data)] ?? 'other',
    greeting: '{"type":"session.created"}',
    ready: '{"type":"session.updated"}',
  },
};
