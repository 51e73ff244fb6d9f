import type { CallStep, Told } from '@vjj/shared/evidence/recorded-call.ts';
import { describe, expect, it } from 'vitest';
import { callerSteps } from './caller-steps.ts';
import { differences } from './differences.ts';
import { tapeLines } from './tape.ts';

const tape = (...steps: CallStep[]) => [...tapeLines(steps)].map((line) => JSON.parse(line) as unknown);

describe('a tape', () => {
  it('has each event as long after what was asked last as it came then', () => {
    expect(
      tape(
        { is: 'opened', at: 100, connection: 1 },
        { is: 'received', at: 103, connection: 1, event: 'created' },
        { is: 'asked', at: 110, connection: 1, what: 'response.create' },
        { is: 'asked', at: 200, connection: 1, what: 'response.create' },
        { is: 'received', at: 250, connection: 1, event: 'answer' },
        { is: 'closed', at: 300, connection: 1, code: 1006 },
      ),
    ).toEqual([
      { connection: 1, opens: true },
      { connection: 1, after: null, delayMs: 3, atMs: 3, does: { send: 'created' } },
      {
        connection: 1,
        after: { what: 'response.create', n: 2 },
        delayMs: 50,
        atMs: 150,
        does: { send: 'answer' },
      },
      {
        connection: 1,
        after: { what: 'response.create', n: 2 },
        delayMs: 100,
        atMs: 200,
        ifTold: 1,
        does: { close: 1006 },
      },
    ]);
  });

  it('has refusals in their place, and no end that was ours', () => {
    expect(
      tape(
        { is: 'refused', at: 0, connection: 1, code: 'PROVIDER_BUSY' },
        { is: 'refused', at: 1, connection: 2, code: 'PROVIDER_UNREACHABLE' },
        { is: 'opened', at: 2, connection: 3 },
        { is: 'closed', at: 3, connection: 3, code: 0 },
      ),
    ).toEqual([
      { connection: 1, refuse: 429 },
      { connection: 2, refuse: 503 },
      { connection: 3, opens: true },
    ]);
  });

  it('leaves out a connection that waited for a caller and had died', () => {
    expect(
      tape(
        { is: 'opened', at: 0, connection: 1 },
        { is: 'asked', at: 1, connection: 1, what: 'session.update' },
        { is: 'opened', at: 1500, connection: 2 },
        { is: 'received', at: 1501, connection: 2, event: 'updated' },
      ),
    ).toEqual([
      { connection: 1, opens: true },
      { connection: 1, after: null, delayMs: 1, atMs: 1, does: { send: 'updated' } },
    ]);
  });
});

describe('what a caller does', () => {
  const told = (...steps: CallStep[]) =>
    callerSteps(steps).map(({ does, after, delayMs }) => [
      does,
      `${after.moves}${after.lane}${after.nth}${after.connections > 0 ? `/${after.connections}` : ''}`,
      delayMs,
    ]);
  const lane = (at: number): CallStep => ({ is: 'lane', at, from: 'A', to: 'B' });

  it('hangs on the change of lane before it', () => {
    expect(
      told(
        { is: 'frame', at: 5, text: 'early' },
        lane(10),
        lane(20),
        { is: 'binary', at: 25, base64: 'AAA=' },
        { is: 'ended', at: 90, reason: 'left' },
      ),
    ).toEqual([
      [{ send: 'early' }, '00', 5],
      [{ sendBinary: 'AAA=' }, '0B2', 5],
      [{ end: { isOurs: true } }, '0B2', 70],
    ]);
  });

  it('hangs on another connection to the voice service where that is what came last', () => {
    expect(
      told(
        { is: 'opened', at: 1, connection: 1 },
        { is: 'received', at: 2, connection: 1, event: '' },
        lane(10),
        { is: 'closed', at: 25, connection: 1, code: 1006 },
        { is: 'opened', at: 30, connection: 2 },
        { is: 'frame', at: 35, text: 'later' },
        { is: 'ended', at: 40, reason: 'left' },
      ),
    ).toEqual([
      [{ service: 'ends' }, '0B1/1', 15],
      [{ send: 'later' }, '0B1/2', 5],
      [{ end: { isOurs: true } }, '0B1/2', 10],
    ]);
  });

  it('while they are away hangs on what they saw last', () => {
    expect(
      told(lane(10), { is: 'line-lost', at: 20 }, lane(30), { is: 'line-back', at: 50 }, lane(60), {
        is: 'ended',
        at: 70,
        reason: 'PROVIDER_LOST',
      }),
    ).toEqual([
      [{ line: 'lost' }, '0B1', 10],
      [{ line: 'back' }, '0B1', 40],
      [{ end: { isOurs: false } }, '0B3', 10],
    ]);
  });

  it('goes on after a death and after a drain; a service that was lost moves a call by itself', () => {
    expect(
      told(
        lane(10),
        { is: 'moved', at: 40, cause: 'worker_lost', died: true },
        { is: 'frame', at: 45, text: 'repeated' },
        lane(50),
        { is: 'ended', at: 55, reason: 'moved' },
        { is: 'moved', at: 60, cause: 'drain', died: false },
        { is: 'ended', at: 65, reason: 'moved' },
        { is: 'moved', at: 70, cause: 'worker_lost', died: false },
        { is: 'ended', at: 75, reason: 'caller' },
      ),
    ).toEqual([
      [{ move: 'kill' }, '0B1', 30],
      [{ send: 'repeated' }, '10', 5],
      [{ move: 'drain' }, '1B1', 10],
      [{ end: { isOurs: false } }, '30', 5],
    ]);
  });
});

it('a call that is recorded to the death of its last worker is left there', () => {
  expect(callerSteps([{ is: 'frame', at: 5, text: 'hello' }]).at(-1)?.does).toEqual({
    end: { isOurs: true },
  });
});

describe('two runs', () => {
  const lane = (to: string): Told => ({
    is: 'told',
    type: 'lane.changed',
    payload: { from: 'X', to, cause: 'y' },
  });
  const decided = (turn: number, speaker: string, decision: string): Told => ({
    is: 'told',
    type: 'policy.decision',
    payload: { turn, speaker, decision, reasonCodes: [], severity: 0 },
  });
  const said = (text: string, cause = 'released'): Told => ({
    is: 'told',
    type: 'assistant.transcript',
    payload: { turn: 1, lane: 'B', cause },
    text,
  });

  it.each<[string, Told[], Told[]]>([
    ['that are alike', [lane('A'), said('Yes.')], [lane('A'), said('Yes.')]],
    [
      'in which the words of both sides were judged in another order',
      [decided(1, 'user', 'allow'), decided(1, 'assistant', 'allow')],
      [decided(1, 'assistant', 'allow'), decided(1, 'user', 'allow')],
    ],
    [
      'in which an answer was cut a word earlier',
      [said('one two three four', 'released'), said('one two three', 'bargeIn')],
      [said('one two', 'bargeIn')],
    ],
  ])('%s are the same', (_name, recorded, replayed) => {
    expect(differences(recorded, replayed)).toEqual([]);
  });

  it('differ in a lane that is missing, and in nothing else', () => {
    expect(differences([lane('A'), lane('B'), lane('C')], [lane('A'), lane('C')])).toEqual([
      { what: 'lanes', recorded: 'X → B (y)' },
    ]);
  });

  it('differ in a decision, told as one', () => {
    expect(differences([decided(2, 'user', 'allow')], [decided(2, 'user', 'refuse')])).toEqual([
      {
        what: 'decisions',
        recorded: 'turn 2, user: allow, severity 0',
        replayed: 'turn 2, user: refuse, severity 0',
      },
    ]);
  });

  it.each<[string, Told[], Told[]]>([
    ['other words', [said('Yes.')], [said('No.')]],
    ['words cut short that were not', [said('one two')], [said('one two'), said('one', 'bargeIn')]],
    ['a cut much earlier', [said('one two three four', 'bargeIn')], [said('one', 'bargeIn')]],
    ['more words', [said('Yes.')], [said('Yes.'), said('Anything else?')]],
  ])('differ in what was heard: %s', (_name, recorded, replayed) => {
    expect(differences(recorded, replayed)).toMatchObject([{ what: 'heard' }]);
  });
});
