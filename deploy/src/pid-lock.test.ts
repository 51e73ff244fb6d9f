import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { takeLock } from '../pid-lock.mjs';

function lockFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vjj-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'a.lock');
}

it('is held until it is given back, by this process too', () => {
  const file = lockFile();
  const lock = takeLock(file);
  expect(takeLock(file)).toEqual({ holder: process.pid });
  if ('release' in lock) lock.release();
  expect(takeLock(file)).toHaveProperty('release');
});

it.runIf(process.platform === 'linux')('is not held by an earlier process of the same number', () => {
  const file = lockFile();
  writeFileSync(file, `${process.pid} 1`);
  expect(takeLock(file)).toHaveProperty('release');
});

it('that says no beginning, as earlier versions wrote it, is held by another process only', () => {
  const file = lockFile();
  writeFileSync(file, String(process.ppid));
  expect(takeLock(file)).toEqual({ holder: process.ppid });
  writeFileSync(file, String(process.pid));
  expect(takeLock(file)).toHaveProperty('release');
});
