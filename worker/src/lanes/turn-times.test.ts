import { monotonicMs } from '@vjj/shared/clock.ts';
import { mergedLatency } from '@vjj/shared/process/latency-window.ts';
import { expect, it } from 'vitest';
import { recent } from '../call-metrics.ts';
import { TurnTimes } from './turn-times.ts';

const counted = () => mergedLatency([recent.ttfbAudio.encode()])?.count ?? 0;

it('the first audio of an answer that began here is how long the caller waited for it', () => {
  const before = counted();
  const times = new TurnTimes();
  times.ended(monotonicMs());
  times.answerBegan();
  times.audioBegan('B');
  expect(counted()).toBe(before + 1);
});

it('the rest of an answer that another worker began is not', () => {
  const before = counted();
  const times = new TurnTimes();
  times.ended(monotonicMs());
  times.audioBegan('B');
  expect(counted()).toBe(before);
});
