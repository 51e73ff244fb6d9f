import { expect, it } from 'vitest';
import { SentFrames } from './sent-frames.ts';

it('gives what was sent after the frames that arrived, in order, but for what means nothing later', () => {
  const sent = new SentFrames();
  const pcm = Uint8Array.of(1, 2);
  sent.add('start', true);
  sent.add(pcm, true);
  sent.add('ack', false);
  sent.add('commit', true);
  pcm[0] = 9; // the microphone's buffer is used again
  expect(sent.after(0)).toEqual(['start', Uint8Array.of(1, 2), 'commit']);
  expect(sent.after(1)).toEqual([Uint8Array.of(1, 2), 'commit']);
  expect(sent.after(3)).toEqual(['commit']);
  expect(sent.after(4)).toEqual([]);
  // The server knows of more than we sent: nothing is sent twice.
  expect(sent.after(99)).toEqual([]);
});

it('keeps the last seconds of speech only, and their numbers', () => {
  const sent = new SentFrames();
  for (let frame = 1; frame <= 100; frame++) sent.add(new Uint8Array(4800).fill(frame), true);
  const kept = sent.after(0) as Uint8Array[];
  expect(kept).toHaveLength(40);
  expect(kept[0]![0]).toBe(61);
  expect((sent.after(98) as Uint8Array[]).map(([byte]) => byte)).toEqual([99, 100]);
});
