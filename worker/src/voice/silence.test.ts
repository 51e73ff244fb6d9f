import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import { describe, expect, it } from 'vitest';
import { trimSilence } from './silence.ts';

const silence = (ms: number) => Buffer.alloc(bytesOf(ms));
function tone(ms: number, amplitude = 5000): Buffer {
  const pcm = Buffer.alloc(bytesOf(ms));
  for (let i = 0; i < pcm.length / 2; i++) pcm.writeInt16LE(Math.round(amplitude * Math.sin(i / 8)), 2 * i);
  return pcm;
}

describe('the silence around speech', () => {
  it.each([
    ['both ends', [silence(300), tone(200), silence(500)], 280],
    ['the beginning', [silence(300), tone(200)], 220],
    ['the end', [tone(200), silence(500)], 260],
    ['neither', [tone(200)], 200],
    ['noise is silence', [tone(300, 40), tone(200), tone(300, 40)], 280],
    ['a pause inside stays', [tone(100), silence(400), tone(100)], 600],
    ['nothing but silence', [silence(400)], 0],
    ['nothing', [], 0],
  ])('is cut: %s', (_what, parts, expectedMs) => {
    expect(durationMs(trimSilence(Buffer.concat(parts)).length)).toBe(expectedMs);
  });
});
