import { describe, expect, it } from 'vitest';
import { bytesOf, durationMs, rms } from './audio.ts';

const pcm = (samples: number[]) => Buffer.from(Int16Array.from(samples).buffer);

describe('audio', () => {
  it('has 48 bytes a millisecond', () => {
    expect(bytesOf(100)).toBe(4800);
    expect(durationMs(4800)).toBe(100);
  });

  it('of constant level has that level as its loudness, whatever the sign', () => {
    expect(rms(pcm(new Array(240).fill(1000)))).toBe(1000);
    expect(rms(pcm(new Array(240).fill(-32_768)))).toBe(32_768);
  });

  it('of a sine is as loud as its amplitude over √2', () => {
    const sine = Array.from({ length: 2400 }, (_, i) =>
      Math.round(10_000 * Math.sin((2 * Math.PI * 440 * i) / 24_000)),
    );
    expect(rms(pcm(sine))).toBeCloseTo(10_000 / Math.SQRT2, -2);
  });

  it('that is not there is silent', () => {
    expect(rms(Buffer.alloc(0))).toBe(0);
    expect(rms(Buffer.alloc(1))).toBe(0);
  });
});
