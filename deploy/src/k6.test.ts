import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'vjj-k6-'));
vi.stubEnv('PATH', `${folder}:/bin:/usr/bin`);
vi.stubEnv('XDG_CACHE_HOME', folder);
const { findK6, k6Version } = await import('./k6.ts');
/** Built here before. */
const built = join(folder, 'voice-jib-jab', `k6-${k6Version}`);
mkdirSync(join(folder, 'voice-jib-jab'));
program(built, `k6 ${k6Version}`);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function program(path: string, says: string): void {
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(path, 0o755);
}

it.each([
  'k6 v1.6.0 (commit/0000000, go1.25.6, linux/amd64)',
  'k6 v1.10.0 (commit/0000000, go1.25.6, linux/amd64)',
  'k6 v2.3.1 (go1.26.0, linux/arm64)',
  'k6 (devel)',
])('on the path «%s» is taken', async (says) => {
  program(join(folder, 'k6'), says);
  const told: string[] = [];
  expect(await findK6((line) => told.push(line))).toBe('k6');
  expect(told).toEqual([]);
});

it.each([
  ['v0.46.0', 'k6 v0.46.0 (2023-08-14T08:31:01+0000/v0.46.0-0-gf0d2d5e, go1.20.7, linux/amd64)'],
  ['v1.5.0', 'k6 v1.5.0 (commit/0000000, go1.25.4, linux/amd64)'],
])('on the path %s is told to be too old for the scripts, and counts as none', async (version, says) => {
  program(join(folder, 'k6'), says);
  const told: string[] = [];
  expect(await findK6((line) => told.push(line))).toBe(built);
  expect(told).toEqual([expect.stringContaining(`the k6 on the PATH is ${version}`)]);
});
