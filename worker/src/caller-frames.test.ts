import { expect, it } from 'vitest';
import { CallerFrames } from './caller-frames.ts';
import { Watermark } from './journal/watermark.ts';

function frames() {
  const watermark = new Watermark();
  let isRepeated = false;
  const acknowledged: number[] = [];
  const caller = new CallerFrames({
    watermark: () => watermark,
    recording: () => undefined,
    isText: () => true,
    isCommitting: () => false,
    onArrived: () => undefined,
    onAudio: () => undefined,
    onMessage: (message) => message.type === 'ack' && acknowledged.push(message.seq),
    onError: () => undefined,
    onTooMany: () => undefined,
    onRepeated: () => {
      isRepeated = true;
    },
  });
  const push = (number: number) =>
    caller.push(Buffer.from(JSON.stringify({ type: 'ack', seq: number })), false, number);
  return { caller, push, acknowledged, isRepeated: () => isRepeated };
}

it('a repetition is over when its last frame was heard', () => {
  const { caller, push, acknowledged, isRepeated } = frames();
  caller.hold();
  push(1);
  caller.run(3);
  push(2);
  expect([isRepeated(), caller.isHolding]).toEqual([false, true]);
  push(3);
  expect([isRepeated(), caller.isHolding]).toEqual([true, false]);
  expect(acknowledged).toEqual([1, 2, 3]);
});

it.each([
  ['while it is heard', 'run', 'lineLost'],
  ['before anybody hears it', 'lineLost', 'run'],
] as const)(
  'a repetition whose connection is lost %s ends with what had arrived: the caller may come back',
  (_, ...order) => {
    const { caller, push, acknowledged, isRepeated } = frames();
    caller.hold();
    push(1);
    push(2);
    for (const step of order) {
      if (step === 'run') caller.run(50);
      else caller.lineLost();
    }
    expect([isRepeated(), caller.isHolding]).toEqual([true, false]);
    expect(acknowledged).toEqual([1, 2]);
  },
);
