import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startProcess, type TiedProcess } from '../src/processes.ts';
import { inProject } from '../src/project.ts';
import { waitFor } from '../src/wait-for.ts';
import { isGone, scratchFolder } from './scratch.ts';

const stubborn =
  "process.on('SIGTERM', () => console.log('no')); console.log('up'); setInterval(() => {}, 1e6);";

async function start(code: string, folder = scratchFolder()): Promise<TiedProcess> {
  const logFile = join(folder, 'it.log');
  const spec = { name: 'it', command: process.execPath, args: ['-e', code], env: process.env, logFile };
  const run = await startProcess(spec);
  onTestFinished(() => run.stop(0));
  return run;
}

it('writes both outputs to the log, and tells how the process ended', async () => {
  const folder = scratchFolder();
  const run = await start("console.log('out'); console.error('err'); process.exitCode = 3;", folder);
  expect(await run.exited).toEqual({ code: 3, signal: null });
  expect(readFileSync(join(folder, 'it.log'), 'utf8')).toBe('out\nerr\n');
});

it('puts a process that gives way behind all others, and nobody else', async () => {
  const logFile = join(scratchFolder(), 'it.log');
  const spec = { name: 'it', command: process.execPath, args: ['-e', 'setInterval(() => {}, 1e6)'] };
  const started = [true, false].map((givesWay) =>
    startProcess({ ...spec, env: process.env, logFile, givesWay }),
  );
  const runs = await Promise.all(started);
  onTestFinished(() => Promise.all(runs.map((run) => run.stop(0))).then());
  const priorities = () => runs.map(({ pid }) => priorityOfSession(pid));
  // Where the kernel has no such groups they must start all the same.
  await expect.poll(priorities).toEqual(existsSync('/proc/self/autogroup') ? [5, 0] : ['none', 'none']);
});

function priorityOfSession(pid: number): number | 'none' {
  const path = `/proc/${pid}/autogroup`;
  return existsSync(path) ? Number(/nice (-?\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) : 'none';
}

it('says so when the program cannot be started', async () => {
  const logFile = join(scratchFolder(), 'it.log');
  const spec = { name: 'ghost', command: '/no/such/program', args: [], env: process.env, logFile };
  await expect(startProcess(spec)).rejects.toThrow(/ghost: .*ENOENT/);
});

it('kills a process that does not mind SIGTERM', async () => {
  const folder = scratchFolder();
  const run = await start(stubborn, folder);
  await waitFor('up', () => readFileSync(join(folder, 'it.log'), 'utf8').includes('up') || undefined);
  await run.stop(100);
  expect(await run.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(readFileSync(join(folder, 'it.log'), 'utf8')).toContain('no');
});

it('leaves nothing of a stopped process, not even what that had started', async () => {
  const folder = scratchFolder();
  const code = `console.log(require('node:child_process').spawn('sleep', ['1000']).pid); process.on('SIGTERM', process.exit)`;
  const run = await start(code, folder);
  const log = () => readFileSync(join(folder, 'it.log'), 'utf8').trim();
  const descendant = Number(await waitFor('the descendant', () => log() || undefined));
  await run.stop();
  await waitFor('its end', () => isGone(descendant) || undefined);
});

it('ends a process whose starter was killed, even one that does not mind SIGTERM', async () => {
  const folder = scratchFolder();
  const logFile = join(folder, 'it.log');
  const starter = join(folder, 'starter.ts');
  writeFileSync(
    starter,
    `import { startProcess } from '${inProject('deploy/src/processes.ts')}';
     const spec = { name: 'it', command: process.execPath, args: ['-e', ${JSON.stringify(stubborn)}] };
     const { pid } = await startProcess({ ...spec, env: process.env, logFile: '${logFile}' });
     console.log(pid);`,
  );
  const parent = spawn(process.execPath, [starter], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = Number(String((await once(parent.stdout, 'data'))[0]));
  await waitFor('up', () => readFileSync(logFile, 'utf8').includes('up') || undefined);
  parent.kill('SIGKILL');
  await waitFor('the end of the process', () => isGone(pid) || undefined, { limitMs: 5000 });
  expect(readFileSync(logFile, 'utf8')).toContain('no');
});
