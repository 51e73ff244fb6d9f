import { expect, test } from 'vitest';
import { BargeInDetector } from './barge-in-detector.ts';

const room = 0.002;
const echo = 0.01;
const speech = 0.15;

/** Feeds `lengthMs` of 20 ms frames; after how many ms it fired, or undefined. */
function listen(detector: BargeInDetector, rms: number, lengthMs: number, isAgentSpeaking: boolean) {
  let firedAt: number | undefined;
  for (let at = 20; at <= lengthMs; at += 20) if (detector.hears(rms, isAgentSpeaking)) firedAt ??= at;
  return firedAt;
}

/** A detector that knows the room and the agent's echo in it. */
function settled(): BargeInDetector {
  const detector = new BargeInDetector();
  listen(detector, room, 1_000, false);
  listen(detector, echo, 600, true);
  return detector;
}

test('speech over the agent is noticed after 120 ms', () => {
  expect(listen(settled(), speech, 400, true)).toBe(120);
});

test('it is noticed once in one answer, and again in the next', () => {
  const detector = settled();
  listen(detector, speech, 400, true);
  expect(listen(detector, speech, 400, true)).toBeUndefined();
  listen(detector, room, 400, false);
  listen(detector, echo, 400, true);
  expect(listen(detector, speech, 400, true)).toBe(120);
});

test('a click is not speech', () => {
  const detector = settled();
  expect(listen(detector, speech, 60, true)).toBeUndefined();
  expect(listen(detector, echo, 400, true)).toBeUndefined();
});

test('syllables with gaps between them add up', () => {
  const detector = settled();
  listen(detector, speech, 100, true);
  listen(detector, echo, 20, true);
  expect(listen(detector, speech, 100, true)).toBe(40);
});

test('the echo of the agent is not the caller, however loud, once it is known', () => {
  const detector = new BargeInDetector();
  listen(detector, room, 1_000, false);
  expect(listen(detector, 0.08, 5_000, true)).toBeUndefined();
  expect(listen(detector, 0.4, 400, true)).toBe(120);
});

test('nothing is noticed while the agent is silent', () => {
  expect(listen(settled(), speech, 2_000, false)).toBeUndefined();
});

test('a whisper under the least level is not speech', () => {
  const detector = new BargeInDetector();
  listen(detector, 0.0005, 1_000, false);
  expect(listen(detector, 0.01, 2_000, true)).toBeUndefined();
});
