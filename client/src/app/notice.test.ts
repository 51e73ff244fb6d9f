import { expect, test } from 'vitest';
import { endNotice, microphoneNotice, reconnectingNotice, waitingNotice } from './notice.ts';

test('a call that could not be placed is explained by what the service says of itself', () => {
  const readiness = { reachable: true, ready: false, reasons: [{ code: 'NO_CAPACITY', text: 'full' }] };
  expect(endNotice({ cause: 'unreachable', code: 1006, reason: 'full', readiness })).toEqual({
    tone: 'error',
    title: 'All our lines are busy',
    advice: 'Please try again in a minute.',
    action: 'call',
  });
});

test('a reason this page does not know is told in the words of the service', () => {
  const readiness = { reachable: true, ready: false, reasons: [{ code: 'MOON', text: 'the moon is full' }] };
  expect(endNotice({ cause: 'unreachable', code: 1006, reason: '', readiness }).advice).toBe(
    'The moon is full.',
  );
});

test('without a network the caller is told to look at it', () => {
  const readiness = { reachable: false, ready: false, reasons: [] };
  expect(endNotice({ cause: 'unreachable', code: 1006, reason: '', readiness }).advice).toMatch(/internet/);
  expect(reconnectingNotice(readiness)).toMatchObject({
    action: 'retry',
    advice: expect.stringMatching(/We keep trying/),
  });
});

test('every microphone problem offers to type instead', () => {
  for (const problem of ['denied', 'missing', 'busy', 'unsupported'] as const)
    expect(microphoneNotice(problem).action).toBe('type');
});

test('the queue is told in people and seconds', () => {
  const waiting = { type: 'session.waiting', timestamp: 0, seq: 1 } as const;
  expect(waitingNotice({ ...waiting, position: 3, etaMs: 12_300 })).toMatchObject({
    title: 'You are number 3 in line',
    advice: expect.stringMatching(/about 15 seconds/),
  });
  expect(waitingNotice({ ...waiting, position: 1, etaMs: 0 }).title).toBe('You are next in line');
});
