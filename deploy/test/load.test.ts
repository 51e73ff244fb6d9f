import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { freePort } from '../src/free-port.ts';
import { findK6 } from '../src/k6.ts';
import { inProject } from '../src/project.ts';
import { runProgram } from '../src/run-program.ts';
import { scratchFolder } from './scratch.ts';

/** Where k6 must be built first. */
const buildLimitMs = 15 * 60_000;

it('the bench measures relay and cluster under the same load, and every caller is answered', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const json = join(folder, 'out.json');
    const { code, output } = await runProgram(process.execPath, [
      inProject('deploy/src/bench.ts'),
      ...[
        '--quick',
        '--systems',
        'relay,cluster-1x1',
        '--sessions',
        '3',
        '--rounds',
        '1',
        '--patterns',
        'seed',
      ],
      ...['--seconds', '3.5', '--warm-up', '0', '--idle', '3', '--json', json, '--svg', join(folder, 'svg')],
    ]);
    expect(code, output).toBe(0);
    const { rows, machine } = JSON.parse(readFileSync(json, 'utf8'));
    expect(machine).toContain('cores');
    expect(rows.map((row: { system: string; client: string }) => `${row.system} ${row.client}`)).toEqual([
      'relay json',
      'cluster-1x1 json',
      'cluster-1x1 binary',
    ]);
    for (const row of rows) {
      expect(row, JSON.stringify(row)).toMatchObject({ pattern: 'seed', sessions: 3, errors: 0 });
      expect(row.answers).toBeGreaterThan(0);
      expect(row.connectMs.p95).toBeGreaterThan(0);
      expect(row.cpuMsPerSessionMinute.total).toBeGreaterThanOrEqual(0);
    }
    // Frames went through: the stamps of both encodings were read at the other end.
    for (const row of rows) expect(row.frameMs.p50).toBeGreaterThan(0);
    expect(rows[1].redisPerSession.commands).toBeGreaterThan(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('a report that cannot be written is told before anything is measured', async () => {
  const { code, output } = await runProgram(process.execPath, [
    inProject('deploy/src/bench.ts'),
    ...['--quick', '--json', '/no/such/folder/out.json'],
  ]);
  expect(code).toBe(2);
  expect(output).toMatch(/^the report cannot be written: .*\/no\/such\/folder/);
});

it('twenty callers of k6 are answered; a target that is down is named', {
  timeout: buildLimitMs,
}, async () => {
  const loadtest = (...args: string[]) =>
    runProgram(process.execPath, [inProject('deploy/src/loadtest.ts'), 'capacity', ...args]);
  try {
    await findK6((line) => console.warn(line));
  } catch (error) {
    // Not to be had on this machine; then the way to it must be told.
    expect((error as Error).message).toContain('go install');
    console.warn(`the k6 smoke test was not run: ${(error as Error).message}`);
    return;
  }
  const down = await loadtest('--url', 'ws://127.0.0.1:15001/ws');
  expect(down.code).toBe(1);
  expect(down.output).toContain('takes no calls');
  const { output } = await loadtest('--sessions', '20');
  // On a machine that is busy with tests the times may be too long; that is no matter here.
  expect(output).toMatch(
    /\| capacity \| 20 \|.*\| 60 \| 0 \||INVALID: (k6|the simulated voice service|the target)/,
  );
});

it('a soak of a cluster whose /status is kept from it says that it knows nothing of growth', async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'k6'), '#!/bin/sh\necho k6 v2.0.0\n', { mode: 0o755 });
  const closed = createServer((request, response) => {
    response.writeHead(request.url === '/ready' ? 200 : 403).end('{}');
  });
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = closed.address() as AddressInfo;
    const { output } = await runProgram(
      process.execPath,
      [inProject('deploy/src/loadtest.ts'), 'soak', '--url', `ws://127.0.0.1:${port}/ws`],
      { env: { PATH: `${folder}:/bin:/usr/bin` } },
    );
    expect(output).toContain('Whether memory grows is not known: /status could not be read (HTTP 403)');
  } finally {
    closed.close();
  }
});

it('k6 counts turns of an open microphone that nobody answers', { timeout: buildLimitMs }, async () => {
  const k6 = await findK6((line) => console.warn(line)).catch(() => undefined);
  if (k6 === undefined) return;
  const port = await freePort();
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  server.on('connection', (caller) => caller.send('{"type":"provider.ready"}'));
  try {
    const { code, output } = await runProgram(k6, ['run', '--quiet', inProject('loadtest/k6/open-mic.ts')], {
      env: { ...process.env, URL: `ws://127.0.0.1:${port}`, SESSIONS: '1', TURNS: '1' },
    });
    expect(code).not.toBe(0);
    expect(output).toContain('the end of speech was not noticed');
    expect(output).toContain('1 of 1 turns were not answered');
  } finally {
    server.close();
  }
});
