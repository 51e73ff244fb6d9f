import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import { describe, expect, it } from 'vitest';
import { EchoRing } from './echo-ring.ts';

const loud = (ms = 100) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(3000).buffer);
const quiet = (ms = 100) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(20).buffer);

function takenMs(frames: Buffer[]): number {
  const ring = new EchoRing(200);
  for (const frame of frames) ring.push(frame);
  return durationMs(ring.takeSpeech().length);
}

describe('the ring of frames that were kept back', () => {
  it('gives back the speech that goes on, from just before its onset', () => {
    expect(takenMs([quiet(), quiet(), loud(), loud(), loud()])).toBe(360);
  });

  it('gives back a quick word that has just ended, with the pause after it', () => {
    expect(takenMs([quiet(), loud(), loud(), quiet(), quiet()])).toBe(60 + 400);
  });

  it('leaves out what was said before a longer pause', () => {
    expect(takenMs([loud(), quiet(), quiet(), quiet(), quiet(), loud()])).toBe(60 + 100);
  });

  it('gives nothing where nobody spoke', () => {
    expect(takenMs([quiet(), quiet()])).toBe(0);
    expect(takenMs([])).toBe(0);
  });

  it('gives nothing of a word that is long over', () => {
    expect(takenMs([loud(), quiet(), quiet(), quiet(), quiet()])).toBe(0);
  });

  it('remembers a second and a half', () => {
    expect(takenMs(Array.from({ length: 40 }, () => loud()))).toBe(1500);
  });

  it('is empty once taken', () => {
    const ring = new EchoRing(200);
    ring.push(loud());
    ring.takeSpeech();
    expect(ring.takeSpeech()).toHaveLength(0);
  });
});
