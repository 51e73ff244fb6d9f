import { bytesOf } from '@vjj/shared/audio.ts';

/** Loud enough to be taken for speech by every floor and detector on the way. */
const amplitude = 8000;

/** A tone of that length, PCM16 mono 24 kHz. @param loudness its amplitude */
export function tone(ms: number, loudness = amplitude): Buffer {
  const samples = Int16Array.from({ length: bytesOf(ms) / 2 }, (_, at) =>
    Math.round(loudness * Math.sin(at / 10)),
  );
  return Buffer.from(samples.buffer);
}

/** A frame of 100 ms that the emulator hears as a number, see `loadtest/emulator/speech/numbered-words.ts`. */
export function numberedWord(number: number): Buffer {
  const pcm = tone(100);
  for (const [at, sample] of [31_000, -31_000, 31_000, number].entries()) pcm.writeInt16LE(sample, at * 2);
  return pcm;
}

export function silence(ms: number): Buffer {
  return Buffer.alloc(bytesOf(ms));
}
