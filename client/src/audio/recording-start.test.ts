import { expect, test } from 'vitest';
import { RecordingStart } from './recording-start.ts';

/** What is said of the beginning while blocks of 128 samples are added, with the clock where it stands at each. */
function said(...clock: number[]) {
  const start = new RecordingStart();
  return clock.map((at) => start.push(at, 128));
}

test('the beginning is told once, after the first block', () => {
  expect(said(1024, 1152, 1280, 1408)).toEqual([undefined, 1024, undefined, undefined]);
});

test('a clock that is not set yet at the first block puts nothing too early', () => {
  expect(said(0, 1152, 1280)).toEqual([undefined, 1024, undefined]);
});

test('a clock that stands still puts nothing too early once it goes on', () => {
  expect(said(1024, 1024, 1024, 1408, 1536)).toEqual([undefined, 896, undefined, 1024, undefined]);
});

test('what was left out of the recording moves what follows', () => {
  expect(said(1024, 1152, 2304, 2432)).toEqual([undefined, 1024, 2048, undefined]);
});
