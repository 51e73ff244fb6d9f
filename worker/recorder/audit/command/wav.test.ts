import { bytesOf } from '@vjj/shared/audio.ts';
import { type Entry, EntryKind, lanes, type RecordingHead } from '@vjj/shared/evidence/recording.ts';
import { expect, it } from 'vitest';
import { wavOf } from './wav.ts';
import { withoutRepeats } from './without-repeats.ts';

const head = { startedAt: 1000 } as RecordingHead;
const end = { pieces: 1, bytes: 1, sha256: '', isTorn: false };

const sound = (ms: number, level: number) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(level).buffer);

function heard(at: number, ms: number, level: number, number = 1): Entry {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(number);
  return { kind: EntryKind.callerAudio, at, body: Buffer.concat([head, sound(ms, level)]) };
}

function said(at: number, ms: number, level: number, { lane = 'B', answer = 1 } = {}): Entry {
  const head = Buffer.alloc(5);
  head[0] = lanes.indexOf(lane as 'B');
  head.writeUInt32LE(answer, 1);
  return { kind: EntryKind.agentAudio, at, body: Buffer.concat([head, sound(ms, level)]) };
}

const json = (kind: number, at: number, value: object): Entry => ({
  kind,
  at,
  body: Buffer.from(JSON.stringify(value)),
});

/** Loudness at that moment of both channels. */
function levels(entries: Entry[][], ...atMs: number[]): [left: number, right: number][] {
  const wav = Buffer.concat([
    ...wavOf(
      entries.map((one, i) => ({ head: { ...head, startedAt: 1000 + 10_000 * i }, entries: one, end })),
    ),
  ]);
  expect(wav.readUInt32LE(40)).toBe(wav.length - 44);
  return atMs.map((ms) => {
    const at = 44 + bytesOf(ms) * 2;
    return [wav.readInt16LE(at), wav.readInt16LE(at + 2)];
  });
}

it('the caller is left, from when they spoke; what came in one burst follows itself', () => {
  const entries = [heard(300, 100, 1, 1), heard(301, 100, 2, 2), heard(900, 100, 3, 3)];
  expect(levels([entries], 190, 250, 350, 500, 850)).toEqual([
    [0, 0],
    [1, 0],
    [2, 0],
    [0, 0],
    [3, 0],
  ]);
});

it('the agent is right: what has left ahead is played in turn, and what was cut not at all', () => {
  const entries = [
    said(0, 200, 5),
    said(1, 400, 6),
    json(EntryKind.audioCut, 300, { lane: 'B', answer: 1, heardMs: 300 }),
    said(350, 100, 7, { lane: 'fallback', answer: 2 }),
  ];
  expect(levels([entries], 100, 250, 320, 400, 500)).toEqual([
    [0, 5],
    [0, 6],
    [0, 0],
    [0, 7],
    [0, 0],
  ]);
});

it('a call that moved is told in one, and what the next worker heard again is there once', () => {
  const epochs = withoutRepeats([
    [json(EntryKind.begun, 0, { connection: 'c' }), heard(100, 100, 1, 1), heard(200, 100, 2, 2)],
    [json(EntryKind.begun, 0, { connection: 'c' }), heard(100, 100, 2, 2), heard(200, 100, 3, 3)],
    [json(EntryKind.begun, 0, { connection: 'd' }), heard(100, 100, 4, 1)],
  ]);
  expect(epochs.map((entries) => entries.length)).toEqual([3, 2, 2]);
  expect(levels(epochs, 50, 150, 10_050, 10_150, 20_050)).toEqual([
    [1, 0],
    [2, 0],
    [0, 0],
    [3, 0],
    [4, 0],
  ]);
});
