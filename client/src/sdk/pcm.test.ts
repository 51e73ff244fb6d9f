import { expect, test } from 'vitest';
import { bytesOfSamples, fromPcm16, samplesOfBytes, toPcm16 } from './pcm.ts';

test('samples become little-endian bytes and back', () => {
  const samples = Int16Array.of(0, 1, -1, 32_767, -32_768);
  const bytes = bytesOfSamples(samples);
  expect([...bytes]).toEqual([0, 0, 1, 0, 255, 255, 255, 127, 0, 128]);
  expect([...samplesOfBytes(bytes)]).toEqual([...samples]);
});

test('bytes at an odd address are read all the same', () => {
  expect([...samplesOfBytes(Uint8Array.of(99, 1, 0, 255, 255).subarray(1))]).toEqual([1, -1]);
});

test('a trailing odd byte is left out', () => {
  expect([...samplesOfBytes(Uint8Array.of(1, 0, 7))]).toEqual([1]);
});

test.each([
  [0, 0],
  [1, 32_767],
  [-1, -32_768],
  [1.5, 32_767],
  [-1.5, -32_768],
  [0.5, 16_384],
])('the float %d is the sample %d', (float, sample) => {
  expect(toPcm16(float)).toBe(sample);
});

test('a sample as a float lies in −1 to 1', () => {
  expect(fromPcm16(-32_768)).toBe(-1);
  expect(fromPcm16(16_384)).toBe(0.5);
});
