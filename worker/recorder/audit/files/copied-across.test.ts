import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { copiedAcross, removeDeadCopies } from './copied-across.ts';

let folder: string;
let from: string;
let to: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'copied-'));
  [from, to] = [join(folder, 'from'), join(folder, 'to.rec')];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = Buffer.alloc(3_000_000, 'voice');

it('of several that copy a file at once one has stored it, and nothing else is left', async () => {
  writeFileSync(from, bytes);
  utimesSync(from, 1000, 1000);
  const outcomes = await Promise.all([1, 2, 3].map(() => copiedAcross(from, to)));
  expect(outcomes.toSorted()).toEqual(['stored', 'taken', 'taken']);
  expect(readdirSync(folder)).toEqual(['to.rec']);
  expect(readFileSync(to).equals(bytes)).toBe(true);
  // By it is told how old a recording is.
  expect(statSync(to).mtimeMs).toBe(1_000_000);
});

it('one that died after it had stored the file is not counted again', async () => {
  writeFileSync(from, bytes);
  writeFileSync(to, bytes);
  expect(await copiedAcross(from, to)).toBe('taken');
  expect(existsSync(from)).toBe(false);
});

it('a copy that fails leaves the original and nothing beside it', async () => {
  writeFileSync(from, bytes);
  await expect(copiedAcross(from, join(folder, 'nowhere', 'to.rec'))).rejects.toThrow('ENOENT');
  expect(readdirSync(folder)).toEqual(['from']);
});

it('copies of dead recorders are removed, those being made and all else are not', async () => {
  for (const name of ['a.rec', 'a.rec.0123.unfinished']) writeFileSync(join(folder, name), bytes);
  const names = async (atMs: number) => {
    await removeDeadCopies(folder, atMs);
    return readdirSync(folder);
  };
  expect(await names(Date.now())).toHaveLength(2);
  expect(await names(Date.now() + 2 * 3_600_000)).toEqual(['a.rec']);
});
