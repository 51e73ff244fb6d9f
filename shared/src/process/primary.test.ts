import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import type { Order } from './test-primary.ts';

interface Line {
  pid: number;
  index?: number;
  level: string;
  msg: string;
}

class Primary {
  readonly process: ChildProcess;
  readonly #lines: Line[] = [];

  constructor() {
    this.process = spawn(process.execPath, [join(import.meta.dirname, 'test-primary.ts')], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    createInterface({ input: this.process.stdout! }).on('line', (line) =>
      this.#lines.push(JSON.parse(line) as Line),
    );
    onTestFinished(() => {
      this.process.kill('SIGKILL');
    });
  }

  /** Resolves when that was logged so often, with all of it. */
  async logs(msg: string, times: number): Promise<Line[]> {
    const found = () => this.#lines.filter((line) => line.msg === msg);
    await expect.poll(() => found().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(times);
    return found();
  }

  async does(order: Order): Promise<void> {
    const done = once(this.process, 'message');
    this.process.send(order);
    await done;
  }
}

it('a child that cannot be started ends neither the primary nor its siblings, and is started when it can be', async () => {
  const primary = new Primary();
  const [first, second] = await primary.logs('up', 2);
  await primary.does({ startIn: '/there/is/no/such/folder' });
  process.kill(first!.pid, 'SIGKILL');
  await primary.logs('a child process could not be started; trying again', 2);
  await primary.does({ startIn: '/' });
  const third = (await primary.logs('up', 3))[2];
  expect(third!.index).toBe(first!.index);
  expect(primary.process.exitCode).toBeNull();
  process.kill(second!.pid, 0);
});

it('a message to a child that is dead already ends nobody else, and the child is replaced once', async () => {
  const primary = new Primary();
  await primary.logs('up', 2);
  await primary.does({ speakToTheDead: true });
  await primary.logs('a child process was not reached', 1);
  await primary.logs('up', 3);
  expect(await primary.logs('a child process died; starting another', 1)).toHaveLength(1);
  expect(primary.process.exitCode).toBeNull();
});
