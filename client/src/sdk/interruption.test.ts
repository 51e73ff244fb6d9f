import { expect, it } from 'vitest';
import { Interruption } from './interruption.ts';

it('what arrives between an interruption and its ack is not heard, and the end of the answer is told by nobody', () => {
  const interruption = new Interruption();
  interruption.interrupted(true);
  expect(interruption).toMatchObject({ isUnderWay: true, isCutOff: true });
  interruption.takenIn();
  expect(interruption).toMatchObject({ isUnderWay: false, isCutOff: true });
  interruption.reset();
  expect(interruption).toMatchObject({ isUnderWay: false, isCutOff: false });
});

it('one that could not be sent leaves all as it was', () => {
  const interruption = new Interruption();
  interruption.interrupted(false);
  expect(interruption).toMatchObject({ isUnderWay: false, isCutOff: false });
});

it.each([
  ['{"type":"user.barge_in","playedMs":300}', true],
  ['{"type":"audio.stop"}', true],
  ['{"type":"audio.cancel"}', true],
  ['{"type":"text.input","text":"\\"type\\":\\"audio.stop\\""}', false],
])('after a return only what is still to be sent will be acknowledged: %s', (frame, isUnderWay) => {
  const interruption = new Interruption();
  interruption.interrupted(true);
  interruption.resumed([new Uint8Array(2), frame]);
  expect(interruption.isUnderWay).toBe(isUnderWay);
});
