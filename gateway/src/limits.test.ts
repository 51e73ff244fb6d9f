import { describe, expect, it } from 'vitest';
import { Limits, maxClientFrameBytes } from './limits.ts';

/** Sends frames at a rate for some seconds; says at which second a limit broke, and which. */
function send(frameBytes: number, framesPerSecond: number, seconds: number, isBinary: boolean) {
  const limits = new Limits(0);
  for (let i = 0; i < framesPerSecond * seconds; i++) {
    const atMs = (i * 1000) / framesPerSecond;
    const excess = limits.count(frameBytes, isBinary, atMs);
    if (excess !== undefined) return { excess, second: Math.floor(atMs / 1000) };
  }
  return undefined;
}

const binary100Ms = 4800;
const json100Ms = 6440;

describe('the limits of a client', () => {
  it('let a microphone through, for hours, in both encodings', () => {
    expect(send(binary100Ms, 10, 7200, true)).toBeUndefined();
    expect(send(json100Ms, 10, 7200, false)).toBeUndefined();
    expect(send(960, 50, 3600, true)).toBeUndefined();
  });

  it('stop audio at ten times real time within seconds, in both encodings', () => {
    expect(send(binary100Ms, 100, 60, true)).toMatchObject({ excess: 'TOO_MUCH_AUDIO', second: 2 });
    expect(send(json100Ms, 100, 60, false)).toMatchObject({ excess: 'TOO_MUCH_AUDIO', second: 2 });
  });

  it('let what a stalled network kept back come at once: ten seconds of audio', () => {
    const limits = new Limits(0);
    for (let i = 0; i < 100; i++) expect(limits.count(json100Ms, false, 10_000)).toBeUndefined();
  });

  it('stop more than 150 frames a second', () => {
    expect(send(100, 140, 600, true)).toBeUndefined();
    expect(send(100, 1000, 60, true)?.excess).toBe('TOO_MANY_FRAMES');
  });

  it('stop a frame over 64 KiB', () => {
    expect(new Limits(0).count(maxClientFrameBytes, true, 0)).toBeUndefined();
    expect(new Limits(0).count(maxClientFrameBytes + 1, true, 0)).toBe('FRAME_TOO_LARGE');
  });
});
