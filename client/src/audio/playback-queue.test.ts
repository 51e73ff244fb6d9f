import { expect, test } from 'vitest';
import { PlaybackQueue } from './playback-queue.ts';

const samplesPerMs = 24;
const ms = (length: number, value = 16_384) => new Int16Array(length * samplesPerMs).fill(value);

/** Plays so many milliseconds; how many of them sounded, and how many answers ended. */
function play(queue: PlaybackQueue, lengthMs: number) {
  const quantum = new Float32Array(samplesPerMs);
  let soundedMs = 0;
  let endings = 0;
  for (let at = 0; at < lengthMs; at++) {
    if (queue.pull(quantum)) endings++;
    if (quantum[0] !== 0) soundedMs++;
  }
  return { soundedMs, endings };
}

test('chunks of one answer are played without a gap', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(60), 1);
  queue.push(ms(60), 1);
  expect(play(queue, 200)).toEqual({ soundedMs: 120, endings: 0 });
  expect(queue.answerPlayedSamples).toBe(120 * samplesPerMs);
});

test('playing starts when 40 ms are queued or were waited for', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(20), 1);
  expect(play(queue, 39).soundedMs).toBe(0);
  expect(play(queue, 30).soundedMs).toBe(20);
});

test('the end of a short answer is not waited for', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(20), 1);
  queue.endAnswer();
  expect(play(queue, 20)).toEqual({ soundedMs: 20, endings: 1 });
});

test('an answer ends once, when its last sample was played', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(50), 1);
  queue.endAnswer();
  expect(play(queue, 49).endings).toBe(0);
  expect(play(queue, 1).endings).toBe(1);
  expect(play(queue, 50).endings).toBe(0);
});

test('an answer without audio ends at once', () => {
  const queue = new PlaybackQueue();
  queue.endAnswer();
  expect(play(queue, 1).endings).toBe(1);
});

test('the count begins anew with the first sample of another answer', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(50), 1);
  queue.push(ms(50), 2);
  play(queue, 50);
  expect(queue.answerPlayedSamples).toBe(50 * samplesPerMs);
  play(queue, 10);
  expect(queue.answerPlayedSamples).toBe(10 * samplesPerMs);
});

test('a flush is silent within 4 ms, and what it threw away is not counted', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(500), 1);
  play(queue, 100);
  queue.flush();
  expect(play(queue, 100).soundedMs).toBeLessThanOrEqual(4);
  expect(queue.answerPlayedSamples).toBe(104 * samplesPerMs);
});

test('a flush before anything was played leaves nothing', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(500), 1);
  queue.flush();
  expect(play(queue, 100).soundedMs).toBe(0);
  expect(queue.stats.playedSamples).toBe(0);
});

test('a queue that ran dry in the middle of an answer is an underrun', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(50), 1);
  play(queue, 80);
  queue.push(ms(50), 1);
  expect(queue.stats.underruns).toBe(1);
});

test('silence between two answers is no underrun, nor is a flushed one', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(50), 1);
  play(queue, 80);
  queue.push(ms(50), 2);
  play(queue, 80);
  queue.flush();
  queue.push(ms(50), 2);
  expect(queue.stats.underruns).toBe(0);
});

test('the stats tell how loud what was played really was', () => {
  const queue = new PlaybackQueue();
  queue.push(ms(50, 16_384), 1);
  queue.push(ms(50, -8_192), 1);
  play(queue, 200);
  const { playedSamples, peak, rms } = queue.stats;
  expect(playedSamples).toBe(100 * samplesPerMs);
  expect(peak).toBe(0.5);
  expect(rms).toBeCloseTo(Math.sqrt((0.25 + 0.0625) / 2), 6);
});
