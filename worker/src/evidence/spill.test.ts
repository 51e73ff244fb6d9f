import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LinkConnection } from '@vjj/shared/link/connection.ts';
import { createLog } from '@vjj/shared/log.ts';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { waitFor } from '../../../deploy/src/wait-for.ts';
import { Spill } from './spill.ts';
import { SpillFolder } from './spill-folder.ts';
import { thisProcess } from './spill-owner.ts';

let root: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spill-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const program = (name: string) => join(import.meta.dirname, name);

function started(command: string, args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

const node = (name: string, ...args: string[]) => started(process.execPath, [program(name), ...args]);

/** What stands in all spills, torn last lines left out. */
function spilled(): { number: number }[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(root, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as { number: number });
}

it('a process killed at any moment leaves all in its spill that anybody saw of it', async () => {
  for (const afterFrames of [1, 40, 300]) {
    const seen = new Set<number>();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const gone = new Promise<void>((resolve) => {
      server.once('connection', (socket) => {
        new LinkConnection(
          socket,
          (_kind, _stream, number) => {
            seen.add(number);
            if (seen.size === afterFrames) child.kill('SIGKILL');
          },
          () => resolve(),
        );
      });
    });
    const { port } = server.address() as { port: number };
    const child = node('test-speaker.ts', root, String(port));
    await gone;
    server.close();
    const kept = new Set(spilled().map(({ number }) => number));
    expect([...seen].filter((number) => !kept.has(number))).toEqual([]);
    expect(seen.size).toBeGreaterThanOrEqual(afterFrames);
    for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
  }
});

it('a full disk costs no line: they wait in memory, and follow in order when there is room', async () => {
  const lines = 600;
  // The kernel lets this process write files of 8 KiB, until it is told otherwise.
  const child = started('sh', [
    '-c',
    'ulimit -S -f 16; exec "$@"',
    'sh',
    process.execPath,
    program('test-filler.ts'),
    root,
    String(lines),
  ]);
  const said: string[] = [];
  createInterface(child.stdout!).on('line', (line) => said.push(line));
  await waitFor('memory at its limit', () => said.includes('failing exhausted') || undefined);
  expect(spilled().length).toBeLessThan(50);
  execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited']);
  await waitFor('the rest to be written', () => said.at(-1) === 'writing done' || undefined);
  expect(spilled().map(({ number }) => number)).toEqual(Array.from({ length: lines }, (_, i) => i + 1));
});

/** It had this one's number, and is dead. */
const thisProcessBefore = { ...thisProcess(), started: 'never' };

describe('what dead processes left', () => {
  it('is taken by one process each, however many try at once', async () => {
    const dead: string[] = [];
    for (let i = 0; i < 40; i++) dead.push(leftBy(thisProcessBefore, `dead-${i}`));
    const takers = [1, 2, 3].map(() => node('test-adopter.ts', root));
    const answers = takers.map((taker) => createInterface(taker.stdout!)[Symbol.asyncIterator]());
    await Promise.all(answers.map((answer) => answer.next()));
    for (const taker of takers) taker.stdin!.write('go\n');
    const taken = await Promise.all(
      answers.map(async (answer) => JSON.parse((await answer.next()).value as string) as string[]),
    );
    expect(taken.flat().toSorted()).toEqual(dead.toSorted());
    expect(taken.filter((of) => of.length > 0).length).toBeGreaterThan(0);
  });

  it('is found again when its taker is killed too, and a living process keeps its own', async () => {
    leftBy(thisProcessBefore, 'dead');
    const taker = node('test-adopter.ts', root);
    const answer = createInterface(taker.stdout!)[Symbol.asyncIterator]();
    await answer.next();
    taker.stdin!.write('go\n');
    expect(JSON.parse((await answer.next()).value as string)).toEqual(['dead-000000']);
    const next = new SpillFolder(root);
    expect(await next.adopt()).toBe(0);
    taker.kill('SIGKILL');
    await once(taker, 'exit');
    expect(await next.adopt()).toBe(1);
    expect(await next.segments()).toEqual(['dead-000000']);
  });

  it('of a process that cannot be seen from here is taken when it gave no sign for a minute, whatever the clock says', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const longAgo = 3_600_000;
    leftBy({ pid: process.pid, started: 'x', space: 'another machine' }, 'far', longAgo);
    const folder = new SpillFolder(root);
    expect(await folder.adopt()).toBe(0);
    vi.advanceTimersByTime(59_000);
    const sign = new Date(Date.now() - longAgo + 1000);
    utimesSync(join(root, 'far', 'owner.json'), sign, sign);
    for (const taken of [0, 0, 1]) {
      expect(await folder.adopt()).toBe(taken);
      vi.advanceTimersByTime(30_001);
    }
  });

  it.each(['stood still for a minute', 'finds its folder taken'])(
    'is not what a process writes that %s: it goes on in another folder, and no line is lost',
    async (what) => {
      vi.useFakeTimers({ toFake: ['performance'] });
      onTestFinished(() => {
        vi.useRealTimers();
      });
      const folder = new SpillFolder(root);
      const spill = new Spill({ folder, log: createLog('test', 'silent') });
      const before = folder.path;
      spill.append('{"number":1}');
      spill.flush();
      if (what === 'stood still for a minute') vi.advanceTimersByTime(50_000);
      else {
        renameSync(before, join(root, 'of-somebody'));
        await folder.touch();
      }
      spill.append('{"number":2}');
      spill.flush();
      expect(folder.path).not.toBe(before);
      expect(spill.isFailing).toBe(false);
      expect(await folder.segments()).toHaveLength(1);
      expect(
        spilled()
          .map(({ number }) => number)
          .toSorted(),
      ).toEqual([1, 2]);
      spill.close();
    },
  );

  it('is told from the spill of a later process of the same number', async () => {
    const folder = new SpillFolder(root);
    leftBy(thisProcessBefore, 'before');
    expect(await folder.adopt()).toBe(1);
  });
});

/** @returns the name of the segment */
function leftBy(
  owner: { pid: number; started: string; space: string },
  name: string,
  silentMs = 61_000,
): string {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner));
  writeFileSync(join(folder, `${name}-000000.jsonl`), '{"number":1}\n');
  const at = new Date(Date.now() - silentMs);
  utimesSync(join(folder, 'owner.json'), at, at);
  return `${name}-000000`;
}
