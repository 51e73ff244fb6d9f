import { writeFileSync } from 'node:fs';
import { bytesOf } from '@vjj/shared/audio.ts';
import { wav } from './wav.ts';

/** Chromium's fake microphone takes 48,000 Hz; the voice speaks at half of that. */
const sampleRate = 48_000;
const sampleBytes = 2;

export interface Recording {
  /** Said first, in the emulator's own voice. */
  words: string;
  /** Nothing is said for so long after them, ms; the microphone then begins again. */
  silenceMs: number;
}

/** Writes a WAV for a fake microphone. @param emulatorUrl without a slash at the end */
export async function record(
  emulatorUrl: string,
  { words, silenceMs }: Recording,
  file: string,
): Promise<void> {
  const response = await fetch(`${emulatorUrl}/v1/audio/speech`, {
    method: 'POST',
    headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', input: words, voice: 'cedar', response_format: 'pcm' }),
  });
  if (!response.ok) throw new Error(`no speech to record: ${await response.text()}`);
  const speech = Buffer.from(await response.arrayBuffer());
  const pcm = doubled(Buffer.concat([speech, Buffer.alloc(bytesOf(silenceMs))]));
  writeFileSync(file, wav(pcm, sampleRate));
}

/** The same sound at twice the rate: between two samples lies their mean. */
function doubled(pcm: Buffer): Buffer {
  const samples = pcm.length / sampleBytes;
  const out = Buffer.alloc(pcm.length * 2);
  for (let at = 0; at < samples; at++) {
    const sample = pcm.readInt16LE(at * sampleBytes);
    const next = at + 1 < samples ? pcm.readInt16LE((at + 1) * sampleBytes) : sample;
    out.writeInt16LE(sample, at * 2 * sampleBytes);
    out.writeInt16LE(Math.round((sample + next) / 2), (at * 2 + 1) * sampleBytes);
  }
  return out;
}
