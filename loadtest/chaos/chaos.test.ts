import type { ServerMessage } from '@vjj/shared/protocol/messages.ts';
import { describe, expect, it } from 'vitest';
import {
  answerWordMs,
  countedNumbers,
  numberedFrame,
  numbersIn,
  sayNumbers,
  WordEar,
} from '../emulator/speech/numbered-words.ts';
import { faultKinds } from './chaos-plan.ts';
import { faultOrder } from './fault-order.ts';
import { addFigures, noFigures } from './figures.ts';
import { brokenPromises } from './promises.ts';
import { seeded } from './random.ts';
import { type ChaosReport, effectOf, type FaultReport, spreadOf } from './report.ts';
import { doubledEvents, evidenceOf, missingEvents, overlappingOwners } from './seen-and-stored.ts';
import { markdownTable } from './table.ts';

describe('words that are counted', () => {
  it('of a caller are found in the frame', () => {
    expect(numbersIn(numberedFrame(4711).toString('base64'))).toEqual([4711]);
  });

  it('of the agent are consecutive numbers of five digits and nothing else', () => {
    expect(countedNumbers('10001 10002 10003')).toEqual([10_001, 10_002, 10_003]);
    expect(countedNumbers('10001')).toEqual([10_001]);
    for (const other of ['10001 10003', '1001', '10001.', 'one 10001', '40001', ''])
      expect(countedNumbers(other), other).toBeUndefined();
  });

  it('are heard once each, however their sound is cut, and not when their end is missing', () => {
    const { pcm, words } = sayNumbers([10_001, 10_002, 10_003]);
    expect(words.map(({ endMs }) => endMs)).toEqual([1, 2, 3].map((n) => n * answerWordMs));
    for (const bytes of [2, 6, 4800, 7000, pcm.length]) {
      const heard: number[] = [];
      const ear = new WordEar((number) => heard.push(number));
      for (let at = 0; at < pcm.length; at += bytes) ear.hear(pcm.subarray(at, at + bytes));
      expect(heard, `${bytes}`).toEqual([10_001, 10_002, 10_003]);
    }
    const heard: number[] = [];
    new WordEar((number) => heard.push(number)).hear(pcm.subarray(0, pcm.length - 4));
    expect(heard).toEqual([10_001, 10_002]);
  });
});

it('a seed gives one order of faults, in which each kind comes before any comes again', () => {
  const first = (seed: number) => {
    const order = faultOrder(faultKinds, seeded(seed));
    return Array.from({ length: 2 * faultKinds.length }, () => order.next().value);
  };
  expect(first(7)).toEqual(first(7));
  expect(first(7)).not.toEqual(first(8));
  const kinds = first(7).map(({ kind }) => kind);
  expect(kinds.slice(0, faultKinds.length).toSorted()).toEqual([...faultKinds].toSorted());
});

it('figures of drivers are added up, and spread by nearest rank', () => {
  const one = { ...noFigures(), callsLost: 1, gapsMs: [10], errors: { X: 1 } };
  const sum = addFigures(one, { ...noFigures(), gapsMs: [30, 20], errors: { X: 1, Y: 1 }, wordsUnheard: 2 });
  expect(sum).toMatchObject({ callsLost: 1, gapsMs: [10, 30, 20], errors: { X: 2, Y: 1 } });
  expect(effectOf(3, sum)).toMatchObject({
    wordsLost: 2,
    callsMoved: 3,
    gapMs: { p50: 20, p95: 30, max: 30 },
  });
  expect(spreadOf([])).toEqual({ p50: 0, p95: 0, max: 0 });
});

describe('what is promised', () => {
  const fault = (changes: Partial<FaultReport>): FaultReport => ({
    kind: 'worker-kill',
    what: 'worker',
    healedMs: 1,
    ...effectOf(10, noFigures()),
    ...changes,
  });
  const report = (changes: Partial<ChaosReport>): ChaosReport => ({
    seed: 1,
    calls: 10,
    faults: [],
    doubleOwners: 0,
    ownershipLooks: 9,
    auditMissing: 0,
    auditDoubled: 0,
    auditEvents: 0,
    leaks: 0,
    calm: effectOf(10, noFigures()),
    details: { doubleOwners: [], auditMissing: [], auditDoubled: [], leaks: {} },
    broken: [],
    command: '',
    machine: '',
    date: '',
    load: { before: 0, after: 0 },
    ...changes,
  });
  const gap = (p95: number) => ({ p50: p95, p95, max: p95 });

  it.each<[string, Partial<FaultReport>, number]>([
    ['nothing lost', {}, 0],
    ['a word lost', { wordsLost: 1 }, 1],
    ['a long gap', { gapMs: gap(1001) }, 1],
    ['the gap of a stopped worker', { kind: 'worker-stop', gapMs: gap(4500) }, 0],
    ['a dropped connection', { socketsDropped: 1 }, 1],
    ['connections of a killed gateway', { kind: 'gateway-kill', socketsDropped: 5, backMs: gap(2900) }, 0],
    ['callers who come back late', { kind: 'gateway-kill', backMs: gap(3001) }, 1],
    ['messages lost with a gateway', { kind: 'gateway-kill', messagesLost: 1 }, 1],
    ['a word lost with a gateway', { kind: 'gateway-kill', wordsLost: 1 }, 1],
    ['a call that moves without Redis', { kind: 'redis-stop', callsMoved: 1 }, 1],
    ['a call that moves in a rolling restart', { kind: 'worker-drain', callsMoved: 1 }, 0],
    ['a call that never settled', { kind: 'gateway-drain', unsettled: 1 }, 1],
  ])('%s', (_what, changes, broken) => {
    expect(brokenPromises(report({ faults: [fault(changes)] }))).toHaveLength(broken);
  });

  it('of the whole run', () => {
    const broken = brokenPromises(report({ doubleOwners: 1, auditMissing: 1, auditDoubled: 1, leaks: 1 }));
    expect(broken).toHaveLength(4);
    expect(broken.every(({ isAboutTime }) => !isAboutTime)).toBe(true);
  });

  it('is shown beside what was measured', () => {
    const table = markdownTable(report({ faults: [fault({ callsMoved: 5, gapMs: gap(80) })] }));
    expect(table).toContain('| worker-kill | 10 | 0 | 5 | 0 | 0 | 0 | 0 | 80 / 80 / 80 | – | – |');
  });
});

describe('evidence', () => {
  let seq = 0;
  const event = (session: string, epoch: number, type: string, ms = 0, payload = {}) => ({
    ...{ session, epoch, type, payload, seq: seq++ },
    at: new Date(ms).toISOString(),
  });
  const message = (body: object) => ({ timestamp: 0, seq: 1, ...body }) as ServerMessage;
  const lanes = (to: string) => ({ from: 'LISTENING', to, cause: 'turn' });
  const refused = { decision: 'refuse', reasonCodes: ['MODERATION:HATE'], severity: 3 };

  it('is asked for what callers are shown, and for nothing else', () => {
    expect(evidenceOf(message({ type: 'user_transcript', text: 'a', isFinal: true }))).toBe(
      'user.transcript',
    );
    expect(evidenceOf(message({ type: 'user_transcript', text: 'a', isFinal: false }))).toBeUndefined();
    expect(evidenceOf(message({ type: 'response.start' }))).toBeUndefined();
  });

  it.each<[string, object[], ReturnType<typeof event>[], number]>([
    ['as often as shown', [{ type: 'session.moved' }], [event('a', 2, 'session.moved')], 0],
    ['more often', [], [event('a', 1, 'user.transcript')], 0],
    [
      'with fields that callers are told in other words',
      [{ type: 'tool.call', name: 'x', ms: 1 }],
      [event('a', 1, 'tool.call')],
      0,
    ],
    [
      'less often',
      [{ type: 'session.moved' }, { type: 'session.moved' }],
      [event('a', 2, 'session.moved')],
      1,
    ],
    ['of another session', [{ type: 'session.moved' }], [event('b', 2, 'session.moved')], 1],
    [
      'of another change of lane',
      [{ type: 'lane.state_changed', ...lanes('B_RESPONDING') }],
      [event('a', 1, 'lane.changed', 0, lanes('ENDED'))],
      1,
    ],
    [
      'of the same change of lane',
      [{ type: 'lane.state_changed', ...lanes('ENDED') }],
      [event('a', 1, 'lane.changed', 0, lanes('ENDED'))],
      0,
    ],
    [
      'of decisions that nobody was shown',
      [{ type: 'policy.decision', ...refused }],
      [event('a', 1, 'policy.decision', 0, { ...refused, decision: 'allow', reasonCodes: [] })],
      1,
    ],
    [
      'of that decision, with what callers are not told',
      [{ type: 'policy.decision', ...refused }],
      [event('a', 1, 'policy.decision', 0, { ...refused, turn: 1, rules: ['r'] })],
      0,
    ],
  ])('stored %s', (_what, messages, events, missing) => {
    const seen: Record<string, number> = {};
    for (const one of messages) {
      const name = evidenceOf(message(one)) ?? '';
      seen[name] = (seen[name] ?? 0) + 1;
    }
    expect(missingEvents({ a: seen }, events)).toHaveLength(missing);
  });

  it('that is there twice is found, and so is a session that has begun twice', () => {
    const one = event('a', 1, 'session.started');
    const other = event('a', 2, 'session.moved');
    expect(doubledEvents([one, other])).toEqual([]);
    expect(doubledEvents([one, other, { ...one }])).toEqual([
      `a: epoch 1, seq ${one.seq}`,
      'a: session.started',
    ]);
    expect(doubledEvents([one, event('a', 2, 'session.started')])).toEqual(['a: session.started']);
  });

  it('shows when a former owner went on beside the next one', () => {
    const calm = [event('a', 1, 'user.transcript', 1), event('a', 2, 'user.transcript', 5)];
    // It lets go, and says so, whenever it learns of it; what it had in hand when it was stopped is nobody's double.
    expect(overlappingOwners([...calm, event('a', 1, 'session.ended', 9000)])).toEqual([]);
    const stopped = [
      ...calm,
      event('a', 1, 'user.transcript', 8000),
      event('a', 1, 'assistant.transcript', 9000),
    ];
    expect(overlappingOwners(stopped)).toEqual([]);
    expect(overlappingOwners([...stopped, event('a', 1, 'tool.call', 10_501)])).toEqual(['a']);
  });
});
