import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { openaiFor } from './client.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

async function start(
  ...flags: string[]
): Promise<{ child: ChildProcess; url: string; ended: Promise<number | null> }> {
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const line = await new Promise<string>((resolve) =>
    child.stdout?.once('data', (data) => resolve(String(data))),
  );
  const ready = JSON.parse(line) as { listening: string; pid: number };
  expect(ready.pid).toBe(child.pid);
  return { child, url: ready.listening, ended };
}

test('the process says where it listens, answers, and ends when told to', async () => {
  const { child, url, ended } = await start('--key', 'sk-one');
  expect((await openaiFor(url, 'sk-one').models.list()).data.length).toBeGreaterThan(3);
  await expect(openaiFor(url, 'sk-two').models.list()).rejects.toMatchObject({ status: 401 });
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('what callers are understood to say can be given', async () => {
  const { url } = await start('--heard', 'What is it?', '--heard', 'That is all.');
  const script = await (await fetch(`${url}/emulator/script`)).json();
  expect(script).toMatchObject({ heard: ['What is it?', 'That is all.'] });
});

test('a tied process ends with its parent', async () => {
  const { child, ended } = await start('--tied');
  child.stdin?.end();
  expect(await ended).toBe(0);
});
