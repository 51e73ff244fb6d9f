import { beforeAll, expect, it, vi } from 'vitest';
import { callsWithin, churning, durationMs } from './schedule.ts';

let summaryOf: typeof import('./summary.ts').summaryOf;
beforeAll(async () => {
  vi.stubGlobal('__ENV', { SESSIONS: '20' });
  ({ summaryOf } = await import('./summary.ts'));
});

type Values = Record<string, number>;

/** As k6 gives what a run of 20 callers and 60 answers counted; a Trend that nothing was added to is zeros. */
function summary(changes: Record<string, Values> = {}, pattern = 'capacity'): string {
  const trend = { avg: 10, 'p(50)': 10, 'p(95)': 20, 'p(99)': 30 };
  const counted: Record<string, Values> = {
    vjj_calls: { count: 20 },
    vjj_connected: { count: 20 },
    vjj_turns: { count: 60 },
    vjj_answers: { count: 60 },
    vjj_failures: { count: 0 },
    vjj_k6_late_ms: { 'p(95)': 2 },
    dropped_iterations: { count: 0 },
    vjj_connect_ms: trend,
    vjj_ttfb_response_ms: trend,
    vjj_ttfb_audio_ms: trend,
    ...changes,
  };
  const metrics = Object.entries(counted).map(([name, values]) => [name, { values }]);
  return summaryOf(pattern)({ metrics: Object.fromEntries(metrics) }).stdout ?? '';
}

const zeros = { avg: 0, 'p(50)': 0, 'p(95)': 0, 'p(99)': 0 };

it('a run is a row of the table', () => {
  expect(summary()).toContain('| capacity | 20 | 10 | 20 | 30 | 10 | 20 | 30 | 20 | 60 | 0 |');
});

it('a run in which nobody was connected says so, whatever k6 makes of a Trend that nothing was added to', () => {
  const nobody = { vjj_connected: { count: 0 }, vjj_turns: { count: 0 }, vjj_answers: { count: 0 } };
  const trends = { vjj_connect_ms: zeros, vjj_ttfb_response_ms: zeros, vjj_ttfb_audio_ms: zeros };
  expect(summary({ ...nobody, ...trends })).toContain('Nobody was connected');
});

it('where nothing was answered there is no time to an answer', () => {
  const mute = { vjj_answers: { count: 0 }, vjj_ttfb_response_ms: zeros, vjj_ttfb_audio_ms: zeros };
  expect(summary(mute)).toContain('| capacity | 20 | 10 | 20 | 30 | – | – | – | – | 0 | 0 |');
  expect(summary(mute)).toContain('60 of 60 turns were not answered');
});

it('a run in which callers never began is not valid, though k6 counts none of them', () => {
  expect(summary({ vjj_calls: { count: 19 } })).toMatch(/^INVALID: k6 itself .*19 of 20 calls began/);
});

it('a soak plans what its rate makes of its time, give or take the call at its very end', () => {
  expect(durationMs('1h30m')).toBe(90 * 60_000);
  expect(durationMs('1.5s500ms')).toBe(2000);
  expect(callsWithin('2m', 1500)).toEqual({ least: 80, most: 81 });
  expect(callsWithin('7s', 1000 / 3)).toEqual({ least: 21, most: 22 });
});

it('k6 is blamed only when it was late itself', () => {
  expect(summary({ vjj_k6_late_ms: { 'p(95)': 51 } })).toMatch(/^INVALID: k6 itself/);
  const slow = { dropped_iterations: { count: 3 }, vjj_calls: { count: 17 } };
  expect(summary(slow)).toMatch(/^INVALID: the target was too slow .*nobody left for 3 more/);
});

it('a run in which the simulated voice service was late is not valid', () => {
  expect(summary({ vjj_emulator_late_ms: { value: 31 } })).toMatch(
    /^INVALID: the simulated voice service .*31 ms/,
  );
  expect(summary({ vjj_emulator_late_ms: { value: 30 } })).toContain('| capacity |');
});

it('where k6 was late while callers connected, only the time to connect is left out', () => {
  const late = summary({ vjj_k6_connect_late_ms: { 'p(95)': 101 } });
  expect(late).toContain('| capacity | 20 | – | – | – | 10 | 20 | 30 | 20 | 60 | 0 |');
  expect(late).toContain('no time to connect: k6 itself was late while callers connected (101 ms at p95)');
});

it.each([300, 3500])(
  'a soak has as many calls at a time as were asked for, with answers of %i ms',
  (answerMs) => {
    const { call, scenario } = churning(50, '2h', 30, { voiceMode: 'push-to-talk', pauseMs: 2000, answerMs });
    const callMs = call.turns * (200 + 120 + answerMs + 2000);
    expect(callMs / durationMs(scenario.timeUnit)).toBeCloseTo(1, 1);
    expect(Math.abs(callMs - 30_000)).toBeLessThan(3000);
    // Each answer just before it would be none.
    const slowMs = 45_000 + call.turns * (200 + 10_000 + answerMs + 2000);
    expect(scenario.preAllocatedVUs).toBeGreaterThan((50 * slowMs) / durationMs(scenario.timeUnit));
  },
);
