import { blockBytes } from '@vjj/shared/blocks.ts';
import { describe, expect, it } from 'vitest';
import { AudioQueue } from './audio-queue.ts';

/** Bytes that tell where in the answer they stand. */
function audio(from: number, bytes: number): Buffer {
  const pcm = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) pcm[i] = from + i;
  return pcm;
}

describe('an audio queue', () => {
  it('gives back in any pieces what it was given in any pieces', () => {
    const queue = new AudioQueue();
    const sizes = [1, 480, 4800, 7, blockBytes, 3 * blockBytes + 5, 9600, 2];
    let pushed = 0;
    let taken = 0;
    for (let i = 0; i < 400; i++) {
      const size = sizes[(i * 5) % sizes.length]!;
      queue.push(audio(pushed, size));
      pushed += size;
      const wanted = sizes[(i * 3) % sizes.length]!;
      const piece = queue.take(wanted);
      expect(piece).toHaveLength(Math.min(wanted, pushed - taken));
      expect(piece.equals(audio(taken, piece.length))).toBe(true);
      taken += piece.length;
      expect(queue.bytes).toBe(pushed - taken);
    }
    const rest = queue.take(Number.MAX_SAFE_INTEGER);
    expect(rest.equals(audio(taken, pushed - taken))).toBe(true);
    expect(queue.take(100)).toHaveLength(0);
  });

  it('copies what it is given', () => {
    const queue = new AudioQueue();
    const source = audio(0, 100);
    queue.push(source);
    source.fill(0xff);
    expect(queue.take(100).equals(audio(0, 100))).toBe(true);
  });

  it.each([0, 1, 999, blockBytes - 1000, blockBytes, 2 * blockBytes, 70_000])(
    'keeps the first %i bytes when the rest is thrown away, and goes on behind them',
    (kept) => {
      const queue = new AudioQueue();
      queue.push(audio(0, 3 * blockBytes));
      queue.take(1000);
      queue.truncate(kept);
      expect(queue.bytes).toBe(kept);
      queue.push(audio(5, 40_000));
      const expected = Buffer.concat([audio(1000, kept), audio(5, 40_000)]);
      expect(queue.take(Number.MAX_SAFE_INTEGER).equals(expected)).toBe(true);
    },
  );

  it('keeps its own audio, however many there are', () => {
    const queues = Array.from({ length: 20 }, () => new AudioQueue());
    const taken = queues.map(() => 0);
    for (let round = 0; round < 60; round++) {
      for (const [i, queue] of queues.entries()) {
        queue.push(audio(i + round * 4801, 4801));
        if ((round + i) % 3 === 0) continue;
        const piece = queue.take(4801);
        expect(piece.equals(audio(i + taken[i]!, piece.length))).toBe(true);
        taken[i]! += piece.length;
      }
    }
  });
});
