import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { scratchFolder } from './scratch.ts';

/** `npm run evals -- …` over lines of its own, anywhere on the disk: what it writes. */
async function report(args: readonly string[], lines: readonly object[]): Promise<unknown> {
  const folder = scratchFolder();
  const [set, json] = [join(folder, 'anything.jsonl'), join(folder, 'out.json')];
  writeFileSync(set, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const child = spawn(
    process.execPath,
    [inProject('deploy/src/evals.ts'), ...args, '--set', set, '--json', json],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(0);
  return JSON.parse(readFileSync(json, 'utf8'));
}

/** Programs of their own that read all weights and names: seconds each on a busy machine. */
const patienceMs = 180_000;
const micros = { p50: expect.any(Number), p99: expect.any(Number) };

it(
  'npm run evals tells of any set what the moderation finds in it, whole and word by word',
  async () => {
    const lines = [
      {
        text: 'I want to kill myself, and I have told nobody about it until this evening.',
        role: 'user',
        labels: ['SELF_HARM'],
      },
      { text: 'The meeting is on Monday.', role: 'assistant', labels: ['HARASSMENT'] },
      { text: 'Where is my order?', role: 'user', labels: [] },
    ];
    const figures = {
      set: 'anything.jsonl',
      rows: 3,
      categories: { SELF_HARM: { n: 1, right: 1, any: 1 }, HARASSMENT: { n: 1, right: 0, any: 0 } },
      unlabelled: { n: 1, flagged: 0 },
      micros,
      misses: [{ text: 'The meeting is on Monday.', labels: ['HARASSMENT'], found: [], patterns: [] }],
    };
    const [whole, streamed] = await Promise.all([
      report(['moderation'], lines),
      report(['moderation', '--stream'], lines),
    ]);
    expect(whole).toEqual(figures);
    const { text } = lines[0]!;
    const decidedAt = expect.stringMatching(/^I want to kill myself, and I have/);
    expect(streamed).toEqual({ ...figures, decisions: [{ text, decidedAt, found: ['SELF_HARM'] }] });
    const [decision] = (streamed as { decisions: { decidedAt: string }[] }).decisions;
    expect(text.startsWith(decision!.decidedAt)).toBe(true);
    expect(decision!.decidedAt.length).toBeLessThan(text.length);
  },
  patienceMs,
);

it(
  'npm run evals tells of any set what personal data is found in it, and what is claimed',
  async () => {
    const said = 'my card is four one one one, one one one one, one one one one, one one one one thanks';
    const span = { start: said.indexOf('four'), end: said.indexOf(' thanks'), kind: 'CARD' };
    const claims = [{ id: 'wifi', text: 'Wifi is free in all rooms.' }];
    const [personalData, claimed, cost] = await Promise.all([
      report(['pii'], [{ text: said, role: 'user', spans: [span] }]),
      report(
        ['claims', '--words-only'],
        [{ text: 'Wifi is free in all rooms.', role: 'assistant', claims, labels: ['wifi'] }],
      ),
      report(['cost'], [{ text: said }]),
    ]);
    expect(personalData).toMatchObject({
      set: 'anything.jsonl',
      rows: 1,
      kinds: { CARD: { n: 1, found: 1 } },
      precision: 1,
      micros,
      misses: [],
    });
    expect(claimed).toMatchObject({ set: 'anything.jsonl', rows: 1, accuracy: 1, misses: [] });
    expect(cost).toEqual({ set: 'anything.jsonl', rows: 1, deltas: 2 * said.split(' ').length, micros });
  },
  patienceMs,
);
