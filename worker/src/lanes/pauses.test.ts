import { bytesOf } from '@vjj/shared/audio.ts';
import { describe, expect, it } from 'vitest';
import { coveredMs } from './coverage.ts';
import { Pauses } from './pauses.ts';

const tone = (ms: number, level = 5000) =>
  Buffer.from(
    Int16Array.from({ length: bytesOf(ms) / 2 }, (_, i) => Math.round(level * Math.sin(i / 7))).buffer,
  );
const noise = (ms: number, level: number) =>
  Buffer.from(
    Int16Array.from({ length: bytesOf(ms) / 2 }, (_, i) => ((i * 7919) % (2 * level)) - level).buffer,
  );

describe('pauses', () => {
  it('are found where it is silent for 120 ms, whatever the pieces the audio comes in', () => {
    const speech = Buffer.concat([tone(500), noise(200, 40), tone(300), noise(100, 40), tone(300)]);
    for (const size of [2, 480, 998, 4800, speech.length]) {
      const pauses = new Pauses();
      for (let at = 0; at < speech.length; at += size) pauses.push(speech.subarray(at, at + size));
      expect(pauses.lastBefore(10_000)).toBe(560);
    }
  });

  it('are not looked for behind the given place', () => {
    const pauses = new Pauses();
    pauses.push(Buffer.concat([tone(500), noise(200, 10), tone(300), noise(200, 10), tone(100)]));
    expect(pauses.lastBefore(400)).toBe(0);
    expect(pauses.lastBefore(999)).toBe(560);
    expect(pauses.lastBefore(2000)).toBe(1060);
  });
});

describe('coverage', () => {
  it.each([
    [0, 0, 0],
    [1000, 5, 0],
    [1000, 10, 200],
    [1000, 100, 800],
    [150, 100, 0],
  ])(
    'of %i ms received before the newest of %i judged characters is %i ms',
    (received, characters, covered) => {
      expect(coveredMs(received, characters)).toBe(covered);
    },
  );
});
