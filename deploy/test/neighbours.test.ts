import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { waitFor } from '../src/wait-for.ts';
import { isGone } from './scratch.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { TestCaller } from './test-caller.ts';

/** What goes wrong beside a call must not reach it. */
const agents = mkdtempSync(join(tmpdir(), 'vjj-agents-'));
cpSync(inProject('agents'), agents, { recursive: true });
afterAll(() => rmSync(agents, { recursive: true, force: true }));

const shared = sharedTestbed({
  gateways: 2,
  workers: 2,
  env: { RESUME_GRACE_MS: '1000', AGENTS_DIR: agents, START_TIMEOUT_MS: '3000' },
  script: { heard: ['Hello.'], answers: [{ say: 'Yes.' }], speedUp: 20 },
});

const sessions = async () => {
  const { workers } = await shared.bed.registry();
  return workers.reduce((sum, worker) => sum + (worker.state === 'up' ? worker.sessions : 0), 0);
};

describe('a connection that never starts its session', () => {
  it('is told so, and its place is free again', async () => {
    const idle = await TestCaller.connect(shared.bed.wsUrl);
    expect(await idle.next('error')).toMatchObject({ code: 'START_TIMEOUT', retryable: true });
    expect(await idle.closed).toEqual({ code: 4024, reason: 'START_TIMEOUT' });
    await expect.poll(sessions, { timeout: 10_000 }).toBe(0);
  });
});

describe('a refused upgrade', () => {
  it('is hung up on by us, also when the stranger does not hang up', async () => {
    const { hostname, port } = new URL(shared.bed.url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('data', () => undefined);
    const lines = [
      'GET /ws HTTP/1.1',
      'Host: x',
      'Origin: http://elsewhere',
      'Connection: Upgrade',
      'Upgrade: websocket',
    ];
    socket.write(
      `${lines.join('\r\n')}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('end', resolve));
    // Whoever writes to a connection that is wholly closed is told by a reset.
    const error = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
    const poke = setInterval(() => socket.write('?'), 50);
    expect((await error).code).toMatch(/EPIPE|ECONNRESET/);
    clearInterval(poke);
  });
});

describe('a gateway that stands still', () => {
  it('does not keep its calls on the workers', async () => {
    const gateways = (await shared.bed.registry()).gateways;
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await expect.poll(sessions, { timeout: 10_000 }).toBe(1);
    for (const { pid } of gateways) process.kill(pid, 'SIGSTOP');
    try {
      await expect.poll(sessions, { timeout: 20_000, interval: 200 }).toBe(0);
    } finally {
      for (const { pid } of gateways) process.kill(pid, 'SIGCONT');
    }
    expect((await caller.closed).code).toBe(4016);
    await using next = await TestCaller.started(shared.bed.wsUrl);
    await next.asks('Are you there?');
  });
});

describe('an agent that is edited wrongly, and then a worker that dies', () => {
  it('leave the other worker and its calls as they are', async () => {
    const callers = await Promise.all([1, 2, 3, 4].map(() => TestCaller.started(shared.bed.wsUrl)));
    const workers = (await shared.bed.registry()).workers.filter(({ state }) => state === 'up');
    const [dying, staying] = workers;
    const served = callers.filter(({ worker }) => worker === staying!.id);
    expect(served.length).toBeGreaterThan(0);
    // The primary knows that its set-up is good once a child has lived for a while.
    await waitFor(
      'a worker that has lived long enough',
      () => Date.now() - staying!.startedAt > 11_000 || undefined,
      {
        limitMs: 15_000,
      },
    );

    writeFileSync(join(agents, 'default', 'agent.yaml'), 'language: [');
    await shared.logged(/its last good version stays/);
    process.kill(dying!.pid, 'SIGKILL');
    await shared.logged(
      /a child process died; starting another.*[\s\S]*a child process died; starting another/,
    );

    expect(isGone(staying!.pid)).toBe(false);
    for (const caller of served) await caller.asks('Are you there?');
    for (const caller of callers) await caller[Symbol.asyncDispose]();
  });
});
