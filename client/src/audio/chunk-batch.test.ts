import { expect, test } from 'vitest';
import { ChunkBatch } from './chunk-batch.ts';

test('frames of 20 ms become chunks of 40 ms, in order, and the rest goes at the end', () => {
  const sent: number[][] = [];
  const batch = new ChunkBatch(40, (samples) => sent.push([...samples]));
  for (let frame = 0; frame < 3; frame++) batch.add(new Int16Array(480).fill(frame));
  expect(sent).toHaveLength(1);
  batch.flush();
  batch.flush();
  expect(sent.map((chunk) => [chunk.length, chunk.at(0), chunk.at(-1)])).toEqual([
    [960, 0, 1],
    [480, 2, 2],
  ]);
});

test('a frame longer than a chunk is divided', () => {
  const lengths: number[] = [];
  const batch = new ChunkBatch(40, ({ length }) => lengths.push(length));
  batch.add(new Int16Array(2_400));
  batch.flush();
  expect(lengths).toEqual([960, 960, 480]);
});
