import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SilenceWatch } from './silence-watch.ts';

let asked: number;
let deaths: number;
let watch: SilenceWatch;

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  deaths = 0;
  watch = new SilenceWatch(
    () => ++asked > 0,
    () => deaths++,
  );
  watch.begin();
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

/** The timers stand still for so long, and run then, as in a page that was frozen. */
function freeze(ms: number): void {
  const now = performance.now() + ms;
  const spy = vi.spyOn(performance, 'now').mockReturnValue(now);
  vi.runOnlyPendingTimers();
  spy.mockRestore();
}

test('who has said nothing for fifteen seconds is asked, and has five to answer', () => {
  vi.advanceTimersByTime(14_900);
  watch.heard();
  vi.advanceTimersByTime(14_900);
  expect(asked).toBe(0);
  vi.advanceTimersByTime(200);
  expect(asked).toBe(1);
  vi.advanceTimersByTime(4_800);
  expect(deaths).toBe(0);
  vi.advanceTimersByTime(200);
  expect(deaths).toBe(1);
});

test('who answers is asked again only after another fifteen seconds', () => {
  vi.advanceTimersByTime(15_000);
  watch.heard();
  vi.advanceTimersByTime(14_900);
  expect({ asked, deaths }).toEqual({ asked: 1, deaths: 0 });
  vi.advanceTimersByTime(200);
  expect({ asked, deaths }).toEqual({ asked: 2, deaths: 0 });
});

test('a timer that comes far too late judges nobody: the answer may not have been read', () => {
  watch.ask();
  freeze(60_000);
  expect(deaths).toBe(0);
  watch.heard();
  vi.advanceTimersByTime(10_000);
  expect(deaths).toBe(0);
});

test('the second look judges, late or not', () => {
  watch.ask();
  freeze(60_000);
  freeze(60_000);
  expect(deaths).toBe(1);
});

test('who cannot be asked now is asked later', () => {
  let canAsk = false;
  watch.stop();
  watch = new SilenceWatch(
    () => canAsk && ++asked > 0,
    () => deaths++,
  );
  watch.begin();
  vi.advanceTimersByTime(16_000);
  canAsk = true;
  vi.advanceTimersByTime(15_000);
  expect({ asked, deaths }).toEqual({ asked: 1, deaths: 0 });
});
