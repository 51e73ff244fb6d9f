import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redisPackage } from './redis-server.ts';
import { findProgram, installCommand } from './system-package.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vjj-path-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, '');
  chmodSync(path, 0o755);
  return path;
}

describe('a program of the system', () => {
  it('is found on the path or where it was said to be', () => {
    const path = program('chromium');
    expect(findProgram(['no-such', 'chromium'], `/nowhere:${folder}`)).toBe(path);
    expect(findProgram([path], '')).toBe(path);
    expect(findProgram(['chromium'], '/nowhere')).toBeUndefined();
  });

  it.each([
    ['apt-get', 'sudo apt-get update && sudo apt-get install -y redis-server'],
    ['dnf', 'sudo dnf install -y redis'],
    ['brew', 'brew install redis'],
  ])('is installed with %s by a command that can be copied', (manager, command) => {
    program(manager);
    expect(installCommand(redisPackage, folder)).toBe(command);
  });

  it('is at least named where no package manager is known', () => {
    expect(installCommand(redisPackage, folder)).toContain('redis-server');
  });
});
