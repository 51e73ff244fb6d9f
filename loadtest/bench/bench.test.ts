import { describe, expect, it } from 'vitest';
import { stampBase64, stampOf } from '../emulator/audio-stamp.ts';
import { dialects, typeOf } from './dialect.ts';
import { drawChart } from './draw.ts';
import { topFunctions } from './flames.ts';
import { bucketsIn, microsBetween } from './metric-histogram.ts';
import { lagIn } from './process-metrics.ts';
import { cpuMsIn, rssKbIn } from './process-usage.ts';
import { countersIn } from './redis-counters.ts';
import { idleCostOf, invalidity, type Round, rowOf } from './rows.ts';
import type { RunFigures } from './run-plan.ts';
import { median, medianOf, percentiles, spreadOf } from './statistics.ts';
import { markdownTable } from './table.ts';

const key = { pattern: 'seed', dialect: 'json', system: 'cluster-1x1', sessions: 10, answerMs: 300 } as const;

function figures(changes: Partial<RunFigures> = {}): RunFigures {
  return {
    seconds: 6,
    ready: 10,
    turns: 20,
    answers: 20,
    connectMs: [10, 20],
    ttfbResponseMs: [50, 60],
    ttfbAudioMs: [100],
    bargeInMs: [],
    frameMs: [1, 2, 3],
    cpuMs: { gateway: 100, worker: 200, recorder: 0, redis: 50 },
    driverCpuMs: 100,
    connectLagP99Ms: 1,
    emulatorConnectLagP99Ms: 1,
    driverLagP99Ms: 1,
    emulatorLagP99Ms: 1,
    loopLagP99Ms: { worker: 4, gateway: 2 },
    watermarks: { linkBytes: 5, auditJobs: 1, spillBytes: 9 },
    evidenceMicros: { event: { p50: 10, p95: 40, p99: 60, count: 100 }, write: undefined },
    rssKb: {},
    errors: {},
    ...changes,
  };
}

const round = (changes: Partial<RunFigures> = {}): Round => ({
  figures: figures(changes),
  redisPerSession: { commands: 30, bytesIn: 1000, bytesOut: 500 },
});

it('percentiles are values that were measured, by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentiles(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
  expect(percentiles([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  expect(percentiles([])).toBeUndefined();
});

it('a median over rounds leaves out rounds without a value, and says how far they were apart', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([1, 2])).toBe(1.5);
  expect(medianOf([{ a: 1 }, undefined, { a: 3 }])).toEqual({ a: 2 });
  expect(spreadOf([8, 10, 12])).toBe(0.4);
  expect(spreadOf([3])).toBeNull();
  expect(spreadOf([3, undefined])).toBeNull();
});

it('a row counts processor time for a session and a minute, and frames over the relay of the same round', () => {
  const row = rowOf(key, [round(), round()], [round({ frameMs: [1, 1, 1] }), round({ frameMs: [1, 1, 1] })], {
    rssKbPerSession: 40,
    errors: {},
  });
  expect(row.cpuMsPerSessionMinute).toEqual({
    gateway: 100,
    worker: 200,
    recorder: 0,
    redis: 50,
    total: 350,
  });
  expect(row.addedFrameMs).toEqual({ p50: 1, p95: 2, p99: 2 });
  expect(row).toMatchObject({ valid: true, errors: 0, answers: 40, rounds: 2, loopLagMs: { p99: 4 } });
});

it('a run that driver or emulator held up is counted, and never reported', () => {
  const slow = round({ driverLagP99Ms: 31, ttfbResponseMs: [900] });
  expect(rowOf(key, [slow, round()], [slow, round()], undefined)).toMatchObject({
    valid: true,
    rounds: 1,
    roundsInvalid: 1,
    ttfbResponseMs: { p95: 60 },
    addedFrameMs: { p95: 0 },
  });
  expect(rowOf(key, [slow], undefined, undefined).valid).toBe(false);
  expect(rowOf(key, [round({ emulatorLagP99Ms: 31 })], undefined, undefined)).toMatchObject({
    valid: false,
    invalidBecause: expect.stringContaining('emulator'),
  });
  expect(invalidity(figures({ ready: 9 }), 10)).toContain('only 9 of 10');
  expect(invalidity(figures({ answers: 0 }), 10)).toBe('nothing was answered');
  expect(invalidity(figures(), 10)).toBeUndefined();
});

it.each([
  ['the load driver', { connectLagP99Ms: 101 }],
  ['the emulator', { emulatorConnectLagP99Ms: 101 }],
])(
  'of a run in which %s was late while callers connected only the time to connect is left out',
  (who, late) => {
    const slow = round({ ...late, connectMs: [900] });
    const alone = rowOf(key, [slow], undefined, undefined);
    expect(alone).toMatchObject({
      valid: true,
      connectMs: null,
      ttfbResponseMs: { p95: 60 },
      connectInvalidBecause: expect.stringContaining(`${who} was late`),
    });
    const table = markdownTable([alone]);
    expect(table).toContain('| seed | 10 | cluster-1x1, json | – | 50 / 60 / 60 |');
    expect(table).toContain(`No time to connect of seed 10 cluster-1x1, json: ${who} was late`);
    expect(rowOf(key, [slow, round()], undefined, undefined).connectMs).toMatchObject({ p95: 20 });
  },
);

it('an ordinary burst tells its time to connect, though its one long turn is what p99 is of so few', () => {
  expect(rowOf(key, [round({ connectLagP99Ms: 60 })], undefined, undefined).connectMs).toMatchObject({
    p95: 20,
  });
});

it('what was not measured is null, and no zero', () => {
  const relay = rowOf(key, [round({ loopLagP99Ms: {} })], undefined, undefined);
  expect(relay.loopLagMs.p99).toBeNull();
  const slow = round({ driverLagP99Ms: 31 });
  expect(rowOf(key, [slow, round(), slow], undefined, undefined).spread).toEqual({
    connectP95: null,
    ttfbResponseP95: null,
    cpu: null,
  });
});

it('memory of a session is told only when all of them were there, and its errors always', () => {
  const rssKb = { gateway: 300, worker: 600, recorder: 1000 };
  expect(idleCostOf(figures({ ready: 10, rssKb, errors: { lost: 1 } }), 10)).toEqual({
    rssKbPerSession: 90,
    errors: { lost: 1 },
  });
  const few = idleCostOf(figures({ ready: 7, rssKb }), 10);
  expect(few).toEqual({
    rssKbPerSession: undefined,
    errors: { 'only 7 of 10 idle callers were connected': 1 },
  });
  expect(rowOf(key, [round()], undefined, few)).toMatchObject({ idleErrors: few.errors, errors: 0 });
});

it('a table shows what is valid, and says what was left out', () => {
  const good = rowOf(key, [round()], undefined, undefined);
  const bad = rowOf({ ...key, sessions: 999 }, [round({ ready: 0 })], undefined, undefined);
  const table = markdownTable([good, bad]);
  expect(table).toContain('| seed | 10 | cluster-1x1, json | 10 / 20 / 20 | 50 / 60 / 60 | 100 |');
  expect(table).not.toContain('999');
  expect(table).toContain('1 rows were not valid');
});

it('messages are told apart without parsing them', () => {
  const audio = (lane: string) =>
    Buffer.from(
      `{"type":"audio.chunk","data":"${'A'.repeat(6400)}","format":"pcm","sampleRate":24000,"lane":"${lane}","timestamp":1790000000000,"seq":1234567}`,
    );
  expect(dialects.json.hear(audio('B'), false)).toBe('audio');
  expect(dialects.json.hear(audio('A'), false)).toBe('other');
  expect(dialects.binary.hear(Buffer.from([1, 1, 0, 0, 9, 0, 0, 0, 5, 5]), true)).toBe('audio');
  expect(dialects.binary.hear(Buffer.from([1, 0, 0, 0, 9, 0, 0, 0, 5, 5]), true)).toBe('other');
  expect(dialects.json.hear(Buffer.from('{"type":"response.start","seq":3}'), false)).toBe('answerBegan');
  expect(dialects.relay.hear(Buffer.from('{"type":"response.created","response":{}}'), false)).toBe(
    'answerBegan',
  );
  expect(typeOf(Buffer.from('{"type":"error"}'))).toBe('error');
});

it('a stamped frame says when it was sent, in whatever encoding it travels', () => {
  const { speech, silence } = dialects.json;
  speech.stamp();
  const { data } = JSON.parse(speech.payload.toString()) as { data: string };
  expect(stampOf(data)).toBeGreaterThan(0);
  dialects.binary.speech.stamp();
  expect(stampOf(dialects.binary.speech.payload.toString('base64'))).toBeGreaterThanOrEqual(stampOf(data)!);
  expect(stampOf((JSON.parse(silence.payload.toString()) as { data: string }).data)).toBeUndefined();
  const frame = Buffer.alloc(32, 'A');
  stampBase64(frame, 16);
  expect(frame.subarray(0, 16).toString()).toBe('A'.repeat(16));
});

it('what Linux, Redis and Prometheus say is read as it is written', () => {
  expect(cpuMsIn('12 (node (a) b) S 1 1 1 0 -1 4 10 0 0 0 250 50 0 0 20 0 1')).toBe(3000);
  expect(rssKbIn('Name:\tnode\nVmRSS:\t   81234 kB\n')).toBe(81_234);
  expect(
    countersIn('total_commands_processed:42\r\ntotal_net_input_bytes:7\r\ntotal_net_output_bytes:9\r\n'),
  ).toEqual({ commands: 42, bytesIn: 7, bytesOut: 9 });
  expect(lagIn('# TYPE x gauge\nvjj_nodejs_eventloop_lag_p99_seconds 0.0145\n')).toBe(4.5);
  expect(lagIn('nothing')).toBe(0);
});

it('a chart shows every series, its points and what it was made by', () => {
  const svg = drawChart({
    title: 'TTFB',
    unit: 'ms',
    notes: ['a machine', 'npm run bench -- <x>'],
    series: [
      {
        name: 'relay',
        colour: '#123456',
        points: [
          [20, 5],
          [200, 8],
        ],
      },
    ],
  });
  expect(svg.match(/<circle/g)).toHaveLength(2);
  for (const part of ['relay', 'a machine', 'npm run bench -- &lt;x&gt;', '#123456'])
    expect(svg).toContain(part);
});

it('a profile is told by the own time of functions, without idle time', () => {
  const node = (id: number, functionName: string, children: number[] = []) => ({
    id,
    children,
    callFrame: { functionName, url: '', lineNumber: 0 },
  });
  const top = topFunctions({
    nodes: [node(1, '(root)', [2, 3, 4]), node(2, '(idle)'), node(3, 'send'), node(4, 'parse')],
    samples: [2, 3, 3, 4],
    timeDeltas: [5000, 2000, 1000, 1000],
  });
  expect(top).toEqual([
    { name: 'send', selfMs: 3, share: 75 },
    { name: 'parse', selfMs: 1, share: 25 },
  ]);
});

describe('what processes count in buckets', () => {
  const text = (...counts: number[]) =>
    ['1e-05', '0.00002', '+Inf']
      .map((le, at) => `vjj_x_seconds_bucket{le="${le}",app="a"} ${counts[at]}`)
      .join('\n');
  const buckets = (...counts: number[]) => bucketsIn([text(...counts)], 'vjj_x_seconds');

  it('is added up over processes', () => {
    expect(bucketsIn([text(1, 2, 3), text(4, 5, 6)], 'vjj_x_seconds')).toEqual([
      [1e-5, 5],
      [2e-5, 7],
      [Number.POSITIVE_INFINITY, 9],
    ]);
    expect(bucketsIn([text(1, 2, 3)], 'vjj_y_seconds')).toEqual([]);
  });

  it.each<[string, number[], number[], unknown]>([
    ['nothing came', [5, 5, 5], [5, 5, 5], undefined],
    ['all in the first', [0, 0, 0], [100, 100, 100], { p50: 5, p95: 9.5, p99: 9.9, count: 100 }],
    ['only what came since', [100, 100, 100], [100, 200, 200], { p50: 15, p95: 19.5, p99: 19.9, count: 100 }],
    [
      'above the last bound no more than that is told',
      [0, 0, 0],
      [0, 0, 4],
      { p50: 20, p95: 20, p99: 20, count: 4 },
    ],
  ])('%s', (_what, before, after, expected) => {
    expect(microsBetween(buckets(...before), buckets(...after))).toEqual(expected);
  });
});
