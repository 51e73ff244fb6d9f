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

export function silence(ms: number): Buffer {
  return Buffer.alloc(bytesOf(ms));
}
