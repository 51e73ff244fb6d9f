import { bytesPerMs } from '@vjj/shared/protocol/messages.ts';
import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';

const frame = (value: number) => new Uint8Array(20 * bytesPerMs).fill(value);

test('short frames are joined into pieces of 200 ms at most', () => {
  const outbox = new Outbox();
  for (let at = 0; at < 25; at++) outbox.addAudio(frame(at));
  const lengths = outbox.take().map((item) => item.length / bytesPerMs);
  expect(lengths).toEqual([200, 200, 100]);
});

test('a commit stays where it was said', () => {
  const outbox = new Outbox();
  outbox.addAudio(frame(1));
  outbox.addText('commit');
  outbox.addAudio(frame(2));
  expect(outbox.take()).toEqual([frame(1), 'commit', frame(2)]);
  expect(outbox.take()).toEqual([]);
});

test('past eight seconds the oldest speech goes, and no message', () => {
  const outbox = new Outbox();
  outbox.addText('first');
  for (let at = 0; at < 500; at++) outbox.addAudio(frame(at % 256));
  const [first, ...audio] = outbox.take();
  expect(first).toBe('first');
  const keptMs = audio.reduce((sum, item) => sum + item.length / bytesPerMs, 0);
  expect(keptMs).toBeLessThanOrEqual(8_000);
  expect(keptMs).toBeGreaterThan(7_500);
  expect((audio.at(-1) as Uint8Array).at(-1)).toBe(499 % 256);
});

test('audio is copied: the caller may use its buffer again', () => {
  const outbox = new Outbox();
  const pcm = frame(1);
  outbox.addAudio(pcm);
  pcm.fill(9);
  expect(outbox.take()).toEqual([frame(1)]);
});
