import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ClusterStatus } from '@vjj/shared/control/cluster-status.ts';
import { variableDocs } from '@vjj/shared/variable-docs.ts';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../src/free-port.ts';
import { inProject } from '../src/project.ts';
import { redisProblem } from '../src/redis-server.ts';
import { Hopeless, waitFor } from '../src/wait-for.ts';
import { isGone, scratchFolder } from './scratch.ts';
import { TestCaller } from './test-caller.ts';

interface Report {
  url: string;
  redisUrl: string;
  logs: string;
  pids: Record<string, number>;
}

interface Start {
  child: ChildProcess;
  text: () => string;
  /** What it says when everything runs. */
  report: () => Promise<Report>;
}

/** Variables of ours that are set for the test run are not those of a fresh clone. */
const ours = new Set<string>(variableDocs().map(({ name }) => name));
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.has(name)));

function npmStart(args: string[], env: Record<string, string> = {}): Start {
  const child = spawn(process.execPath, [inProject('deploy/bootstrap.mjs'), 'start', ...args], {
    // An empty key: one in a developer's .env must not bring the real service into a test.
    env: { ...clean, OPENAI_API_KEY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => (text += chunk));
  onTestFinished(() => void child.kill('SIGKILL'));
  const report = async () => {
    const line = await waitFor(
      'everything runs',
      () => {
        if (child.exitCode !== null) throw new Hopeless(text);
        return /^\{"url".*$/m.exec(text)?.[0];
      },
      { limitMs: 50_000 },
    );
    return JSON.parse(line) as Report;
  };
  return { child, text: () => text, report };
}

const statusOf = async (url: string) => (await (await fetch(`${url}/status`)).json()) as ClusterStatus;

/** The numbers of all processes: primaries, children, Redis, emulator. */
async function allPids({ url, pids }: Report): Promise<number[]> {
  const { workers, gateways, recorders } = await statusOf(url);
  return [...Object.values(pids), ...[...workers, ...gateways, ...recorders].map(({ pid }) => pid)];
}

async function allGone(pids: number[]): Promise<void> {
  await waitFor('the end of all processes', () => pids.every(isGone) || undefined);
}

it('comes up with a page, calls and a log for each process; Ctrl-C ends all of it and nothing else', async () => {
  const data = scratchFolder();
  const first = npmStart(['--json', '--data', data]);
  const one = await first.report();
  const names = ['redis', 'chroma', 'emulator', 'recorder', 'worker', 'gateway'];
  expect(Object.keys(one.pids)).toEqual(names);
  expect((await fetch(`${one.url}/ready`)).status).toBe(200);
  expect(await (await fetch(one.url)).text()).toContain('<title>');
  const caller = await TestCaller.started(`${one.url.replace('http', 'ws')}/ws`);
  caller.speak();
  // A newcomer who speaks is taken to have asked something the agent knows of.
  expect(await caller.next('citation')).toMatchObject({ source: 'README' });
  expect(caller.ofType('user_transcript').at(-1)?.text).toBe('What is voice-jib-jab?');
  await caller[Symbol.asyncDispose]();
  const { workers, gateways, recorders } = await statusOf(one.url);
  // One whose lease ran out while a busy machine started it is still listed, as lost.
  const up = [workers, gateways, recorders].map((all) => all.filter(({ pid }) => !isGone(pid)));
  expect(up.map((all) => new Set(all.map(({ pid }) => pid)).size)).toEqual([2, 2, 1]);
  for (const name of names) expect(readdirSync(one.logs)).toContain(`${name}.log`);

  const second = npmStart(['--json', '--data', data]);
  const two = await second.report();
  expect(two.url).not.toBe(one.url);
  expect(two.logs).not.toBe(one.logs);
  expect(second.text()).toMatch(/another start \(process \d+\) uses /);

  const pids = await allPids(one);
  expect(pids).toHaveLength(11);
  first.child.kill('SIGINT');
  expect((await once(first.child, 'exit'))[0]).toBe(0);
  await allGone(pids);
  expect((await fetch(`${two.url}/ready`)).status).toBe(200);
  expect(await redisProblem(two.redisUrl)).toBeUndefined();

  const rest = await allPids(two);
  second.child.kill('SIGKILL');
  await allGone(rest);
});

it('starts again what dies', async () => {
  const run = npmStart(['--json', '--data', scratchFolder()], { PORT: String(await freePort()) });
  const { url, pids } = await run.report();
  for (const name of ['gateway', 'redis', 'emulator', 'recorder']) process.kill(pids[name]!, 'SIGKILL');
  for (const name of ['gateway', 'redis', 'emulator', 'recorder']) {
    await waitFor(`${name} again`, () => run.text().includes(`${name} runs again`) || undefined, {
      limitMs: 20_000,
    });
  }
  await waitFor('calls are taken', async () => (await fetch(`${url}/ready`)).ok || undefined);
});

it('says which port is taken when that one was asked for', async () => {
  const taken = createServer();
  onTestFinished(() => void taken.close());
  const port = await freePort();
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
  const { child, text } = npmStart(['--port', String(port)]);
  expect((await once(child, 'close'))[0]).toBe(1);
  expect(text()).toContain(`Port ${port} is taken`);
});

it('says what is wrong with the settings, and names a Redis that does not answer', async () => {
  const wrong = npmStart([], { HEARTBEAT_MS: 'often' });
  expect((await once(wrong.child, 'close'))[0]).toBe(1);
  expect(wrong.text()).toContain('HEARTBEAT_MS');

  const port = await freePort();
  const away = npmStart(['--data', scratchFolder()], { REDIS_URL: `redis://127.0.0.1:${port}` });
  expect((await once(away.child, 'close'))[0]).toBe(1);
  expect(away.text()).toMatch(new RegExp(`127.0.0.1:${port} that does not answer: .*ECONNREFUSED`));
});

it('shows the end of the log of a process that does not come up, and that it ends again and again', async () => {
  const data = scratchFolder();
  writeFileSync(join(data, 'file'), '');
  const run = npmStart(['--data', data], { LINK_DIR: join(data, 'file/link') });
  expect((await once(run.child, 'close'))[0]).toBe(1);
  expect(run.text()).toMatch(
    /worker did not start: its processes end again and again.*ENOTDIR.*worker\.log/s,
  );
  // Whoever follows the advice keeps the audit trail and its keys.
  expect(run.text()).toContain('npm start -- --data');
  expect(run.text()).not.toContain('delete');
});
