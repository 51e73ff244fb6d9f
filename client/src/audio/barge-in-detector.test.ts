import { expect, test } from 'vitest';
import { type AgentSound, BargeInDetector } from './barge-in-detector.ts';

const room = 0.002;
const echo = 0.01;
const speech = 0.15;

/** Feeds `lengthMs` of 20 ms frames; after how many ms it fired, or undefined. */
function listen(detector: BargeInDetector, rms: number, lengthMs: number, agent: AgentSound) {
  let firedAt: number | undefined;
  for (let at = 20; at <= lengthMs; at += 20) if (detector.hears(rms, agent)) firedAt ??= at;
  return firedAt;
}

/** A detector that knows the room and the agent's echo in it. */
function settled(): BargeInDetector {
  const detector = new BargeInDetector();
  listen(detector, room, 1_000, 'silent');
  listen(detector, echo, 600, 'speaking');
  return detector;
}

test('speech over the agent is an interruption after 500 ms', () => {
  expect(listen(settled(), speech, 800, 'speaking')).toBe(500);
});

test('a short "uh-huh" over the agent does not stop it', () => {
  const detector = settled();
  expect(listen(detector, speech, 480, 'speaking')).toBeUndefined();
  expect(listen(detector, echo, 2_000, 'speaking')).toBeUndefined();
});

test('a quick "yes" right after the agent is noticed at once', () => {
  const detector = settled();
  expect(listen(detector, room, 200, 'fading')).toBeUndefined();
  expect(listen(detector, speech, 300, 'fading')).toBe(120);
});

test('a "yes" that begins over the last word counts from there', () => {
  const detector = settled();
  listen(detector, speech, 100, 'speaking');
  expect(listen(detector, speech, 300, 'fading')).toBe(20);
});

test('it is noticed once in one answer, and again in the next', () => {
  const detector = settled();
  listen(detector, speech, 800, 'speaking');
  expect(listen(detector, speech, 800, 'speaking')).toBeUndefined();
  expect(listen(detector, speech, 400, 'fading')).toBeUndefined();
  listen(detector, echo, 400, 'speaking');
  expect(listen(detector, speech, 800, 'speaking')).toBe(500);
});

test.each(['speaking', 'fading'] as const)('a click is not speech, with the agent %s', (agent) => {
  const detector = settled();
  expect(listen(detector, speech, 60, agent)).toBeUndefined();
  expect(listen(detector, echo, 400, agent)).toBeUndefined();
});

test('syllables with gaps between them add up', () => {
  const detector = settled();
  listen(detector, speech, 400, 'speaking');
  listen(detector, echo, 20, 'speaking');
  expect(listen(detector, speech, 400, 'speaking')).toBe(120);
});

test('the echo of the agent is not the caller, however loud, once it is known; nor is what is left of it', () => {
  const detector = new BargeInDetector();
  listen(detector, room, 1_000, 'silent');
  expect(listen(detector, 0.08, 5_000, 'speaking')).toBeUndefined();
  expect(listen(detector, 0.08, 300, 'fading')).toBeUndefined();
  expect(listen(detector, 0.4, 400, 'fading')).toBe(120);
});

test('nothing is noticed while the agent is silent', () => {
  expect(listen(settled(), speech, 2_000, 'silent')).toBeUndefined();
});

test('a whisper under the least level is not speech', () => {
  const detector = new BargeInDetector();
  listen(detector, 0.0005, 1_000, 'silent');
  expect(listen(detector, 0.01, 2_000, 'speaking')).toBeUndefined();
});
