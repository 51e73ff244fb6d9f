import { expect, test } from 'vitest';
import { type SpeechFrame, SpeechFramer } from './speech-framer.ts';

function framed(inputRate: number, input: Float32Array): SpeechFrame[] {
  const frames: SpeechFrame[] = [];
  const framer = new SpeechFramer(inputRate, (frame) => frames.push(frame));
  // As an audio worklet receives it: 128 samples at a time.
  for (let at = 0; at < input.length; at += 128) framer.push(input.subarray(at, at + 128));
  framer.finish();
  return frames;
}

const samplesIn = (frames: SpeechFrame[]) => frames.reduce((sum, { samples }) => sum + samples.length, 0);

test('speech is cut into frames of 20 ms, the last one shorter', () => {
  const frames = framed(24_000, new Float32Array(1_200).fill(0.5));
  expect(frames.map(({ samples }) => samples.length)).toEqual([480, 480, 240]);
  expect(frames[0]?.samples[0]).toBe(16_384);
  for (const { rms } of frames) expect(rms).toBeCloseTo(0.5, 6);
});

test('nothing said, nothing framed', () => {
  expect(framed(24_000, new Float32Array(0))).toEqual([]);
});

test.each([48_000, 44_100, 16_000])('a second at %d Hz is a second at 24,000 Hz', (rate) => {
  const frames = framed(rate, new Float32Array(rate).fill(0.25));
  expect(Math.abs(samplesIn(frames) - 24_000)).toBeLessThanOrEqual(1);
  expect(frames[0]?.rms).toBeCloseTo(0.25, 3);
});

test('a tone keeps its pitch when it is resampled', () => {
  const tone = Float32Array.from(
    { length: 48_000 },
    (_, at) => 0.5 * Math.sin((2 * Math.PI * 200 * at) / 48_000),
  );
  const samples = framed(48_000, tone).flatMap((frame) => [...frame.samples]);
  const risings = samples.filter((sample, at) => sample >= 0 && (samples[at - 1] ?? 0) < 0).length;
  expect(Math.abs(risings - 200)).toBeLessThanOrEqual(1);
});
