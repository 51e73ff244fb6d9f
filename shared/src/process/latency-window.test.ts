import { expect, it } from 'vitest';
import { LatencyWindow, mergedLatency } from './latency-window.ts';

it('percentiles of several processes are those of all that was seen, to 7 %', () => {
  const windows = [new LatencyWindow(), new LatencyWindow(), new LatencyWindow()];
  const seen: number[] = [];
  // One slow process among quick ones: the mean of its percentiles would hide it.
  for (let i = 0; i < 6000; i++) {
    const ms = i % 3 === 0 ? 400 + (i % 97) * 20 : 2 + (i % 53);
    windows[i % 3]!.observe(ms);
    seen.push(ms);
  }
  seen.sort((a, b) => a - b);
  const merged = mergedLatency(windows.map((window) => window.encode()))!;
  expect(merged.count).toBe(6000);
  for (const [share, ms] of [
    [0.5, merged.p50Ms],
    [0.95, merged.p95Ms],
    [0.99, merged.p99Ms],
  ] as const) {
    const exact = seen[Math.ceil(share * seen.length) - 1]!;
    expect(ms / exact).toBeGreaterThan(0.93);
    expect(ms / exact).toBeLessThan(1.16);
  }
});

it('nothing seen, or nothing readable, is no latency', () => {
  expect(mergedLatency([])).toBeUndefined();
  expect(mergedLatency([new LatencyWindow().encode(), '', 'x:y', '9999:4', '-1:3'])).toBeUndefined();
});

it('the shortest and the longest are counted too', () => {
  const window = new LatencyWindow();
  for (const ms of [0, 0.01, 10_000_000]) window.observe(ms);
  expect(mergedLatency([window.encode()])?.count).toBe(3);
});
