import { z } from 'zod';
import { RequestError } from '../api-error.ts';
import { checked } from '../realtime/checked.ts';
import { sentencesOf, type Voice } from '../speech/voice.ts';
import { SPEECH_VOICES } from '../speech/voices.ts';
import type { Reply } from './reply.ts';

const requestSchema = z.object({
  model: z.string(),
  input: z.string().min(1).max(4096),
  voice: z.union([z.enum(SPEECH_VOICES), z.object({ id: z.string() })]),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).default('mp3'),
  speed: z.number().min(0.25).max(4).default(1),
  instructions: z.string().optional(),
  stream_format: z.enum(['audio', 'sse']).default('audio'),
});

/**
 * `POST /v1/audio/speech`: 24 kHz mono PCM16, bare or as WAV.
 *
 * @throws {RequestError} for an unknown voice, and for formats nothing here can encode
 */
export async function speech(body: unknown, voice: Voice): Promise<Reply> {
  const request = checked(requestSchema, body, '');
  const { response_format: format } = request;
  if (format !== 'pcm' && format !== 'wav') {
    throw new RequestError(`The emulator speaks pcm and wav only, not '${format}'.`, {
      code: 'unsupported_value',
      param: 'response_format',
    });
  }
  if (request.stream_format === 'sse') {
    throw new RequestError('The emulator does not stream speech as events.', {
      code: 'unsupported_value',
      param: 'stream_format',
    });
  }
  const speaker = typeof request.voice === 'string' ? request.voice : 'alloy';
  const clips = await Promise.all(
    sentencesOf(request.input).map((sentence) => voice.say(sentence, speaker, request.speed)),
  );
  const pcm = Buffer.concat(clips.map((clip) => clip.pcm));
  if (format === 'pcm') return { bytes: pcm, type: 'audio/pcm' };
  return { bytes: Buffer.concat([wavHeader(pcm.length), pcm]), type: 'audio/wav' };
}

const RATE = 24000;
const BYTES_PER_SAMPLE = 2;

/** The 44 bytes before mono PCM16 at 24 kHz. */
export function wavHeader(bytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * BYTES_PER_SAMPLE, 28);
  header.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  return header;
}
