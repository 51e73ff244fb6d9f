import { durationMs } from '@vjj/shared/audio.ts';
import { VjjError } from '@vjj/shared/errors.ts';
import { seconds } from '@vjj/shared/metrics.ts';
import { bytesPerMs } from '@vjj/shared/protocol/messages.ts';
import { OpenAI } from 'openai';
import { trimSilence } from './silence.ts';
import { speechFailure } from './speech-failure.ts';

/** A line longer than this is not one; it would be cut by the next limit anyway. */
const longestText = 1500;
/** Audio beyond this is not read: 2 minutes. */
const mostBytes = 120_000 * bytesPerMs;

const synthesisSeconds = seconds('vjj_speech_synthesis_seconds', 'having one line spoken');

export interface SpeechSettings {
  apiKey: string;
  baseUrl: string;
  model: string;
  timeoutMs: number;
}

/** Has text spoken by the voice service. */
export interface SpeechService {
  /** Another service speaks in another voice, whatever its models are called. */
  readonly baseUrl: string;
  readonly model: string;
  /** How long `synthesise` takes at most. */
  readonly timeoutMs: number;
  /**
   * Text as PCM16 mono 24 kHz, without the silence around it.
   * @throws {VjjError} PROVIDER_AUTH, PROVIDER_BUSY, PROVIDER_TIMEOUT, PROVIDER_UNREACHABLE, UNKNOWN_VOICE,
   *   PROVIDER_ERROR (this text was refused) or BAD_SPEECH; the detail tells the operator what to check
   */
  synthesise(voice: string, text: string): Promise<Buffer>;
}

/**
 * Speech by `/v1/audio/speech` of OpenAI, or anything that speaks it. That route ends on 2027-01-06 with its
 * models; what replaces it is another `SpeechService`.
 */
export function openAISpeech(settings: SpeechSettings): SpeechService {
  const { baseUrl, model, timeoutMs } = settings;
  // Whoever asks has a back-off of its own, for all lines together.
  const client = new OpenAI({
    // Without any, the package would look for one in the environment, and throw: the service may say so instead.
    apiKey: settings.apiKey || 'none',
    baseURL: baseUrl,
    maxRetries: 0,
  });
  return {
    baseUrl,
    model,
    timeoutMs,
    async synthesise(voice, text) {
      if (text.trim() === '' || text.length > longestText) {
        throw new VjjError('BAD_SPEECH', `a line has 1–${longestText} characters, this one ${text.length}`);
      }
      const endTimer = synthesisSeconds.startTimer();
      // Covers the body too, which the package's own time limit does not.
      const signal = AbortSignal.timeout(timeoutMs);
      let audio: Buffer;
      try {
        const response = await client.audio.speech.create(
          { model, voice, input: text, response_format: 'pcm' },
          { signal, timeout: timeoutMs },
        );
        audio = await readBody(response, signal);
      } catch (error) {
        throw speechFailure(error, { model, voice, timeoutMs, isTimeout: signal.aborted });
      }
      endTimer();
      return checked(audio);
    },
  };
}

/** @throws when the signal aborts, the connection breaks or there is too much of it */
async function readBody(response: Response, signal: AbortSignal): Promise<Buffer> {
  if (response.body === null) return Buffer.alloc(0);
  const reader = response.body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      bytes += part.value.length;
      if (bytes > mostBytes)
        throw new VjjError('BAD_SPEECH', `more than ${durationMs(mostBytes)} ms of audio`);
    }
  } catch (error) {
    cancel();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
  signal.throwIfAborted(); // a cancelled reader says "done"
  return Buffer.concat(parts, bytes);
}

function checked(audio: Buffer): Buffer {
  if (audio.length % 2 !== 0) throw new VjjError('BAD_SPEECH', `PCM16 of ${audio.length} bytes`);
  const speech = trimSilence(audio);
  if (speech.length === 0) throw new VjjError('BAD_SPEECH', `${durationMs(audio.length)} ms without a sound`);
  return speech;
}
