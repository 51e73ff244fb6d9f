import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessStatus } from '@vjj/shared/control/cluster-status.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import type { SessionStart } from '@vjj/shared/protocol/messages.ts';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { refusalOf } from './raw-caller.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { lines, ownAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady, workerMetric } from './worker-metrics.ts';

const script = { answers: [{ say: 'Yes.' }], speedUp: 20 };
const agents = ownAgents();
cpSync(join(agents, 'default'), join(agents, 'night-desk'), { recursive: true });
const shared = sharedTestbed({
  gateways: 2,
  workers: 2,
  env: {
    AGENTS_DIR: agents,
    MAX_SESSIONS_PER_WORKER: '1',
    WAITING_ROOM_SIZE: '2',
    HEARTBEAT_MS: '500',
    RESPONSE_COOLDOWN_MS: '0',
  },
  script,
});

const started = () => TestCaller.started(shared.bed.wsUrl);

/** A caller who started the session and was told a position. */
async function waiting(position: number, start: Omit<SessionStart, 'type'> = {}): Promise<TestCaller> {
  const caller = await TestCaller.connect(shared.bed.wsUrl);
  caller.send({ type: 'session.start', ...start });
  await movesUpTo(caller, position);
  return caller;
}

async function movesUpTo(caller: TestCaller, position: number): Promise<void> {
  const told = await caller.next('session.waiting');
  expect(told).toMatchObject({ position, etaMs: expect.any(Number) });
  expect(told.etaMs).toBeGreaterThan(0);
}

async function isAnswered(caller: TestCaller): Promise<void> {
  await caller.asks('Are you there?');
  expect(caller.lastTranscript).toBe('Yes.');
  expect(caller.isOpen).toBe(true);
  expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
}

async function hostOf(caller: TestCaller): Promise<ProcessStatus> {
  const { owner } = await shared.pinOf(caller);
  return (await shared.bed.registry()).workers.find(({ id }) => id === owner)!;
}

async function readyAnswer(): Promise<number> {
  return (await fetch(`${shared.bed.url}/ready`)).status;
}

/** Nobody is left of the test before. */
async function isEmpty(): Promise<void> {
  const places = async () => {
    const { workers, waiting: queued } = await shared.bed.status();
    const up = workers.filter(({ state }) => state === 'up');
    return { queued, free: up.map(({ sessions, capacity }) => capacity - sessions) };
  };
  await expect.poll(places, { timeout: 40_000, interval: 100 }).toEqual({ queued: 0, free: [1, 1] });
}

describe('when every worker is full', () => {
  it('callers wait, told their position and spoken to; one more is refused, and whoever came first gets the place', async () => {
    await linesReady(shared.bed);
    await using one = await started();
    await using two = await started();
    expect(two.worker).not.toBe(one.worker);
    await using third = await waiting(1);
    await using fourth = await waiting(2);
    await fourth.next('audio.chunk');
    expect(fourth.laneMs('A')).toBeGreaterThan(0);
    expect(fourth.lastTranscript).toBe(lines.waiting);

    const refused = await refusalOf(`${shared.bed.wsUrl}/ws`);
    expect(refused).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
    });
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'NO_CAPACITY', retryable: true });
    await expect.poll(readyAnswer).toBe(503);
    await expect
      .poll(() => shared.bed.status())
      .toMatchObject({
        sessions: 2,
        capacity: 2,
        waiting: 2,
        workers: [{ limitedBy: 'sessions' }, { limitedBy: 'sessions' }],
      });

    const { owner } = await shared.pinOf(third);
    await one[Symbol.asyncDispose]();
    await third.next('provider.ready');
    // The place is where it became free; a call that waited elsewhere goes there.
    expect(await shared.pinOf(third)).toMatchObject({ owner: one.worker });
    expect(third.ofType('session.moved')).toHaveLength(owner === one.worker ? 0 : 1);
    await movesUpTo(fourth, 1);
    expect(await readyAnswer()).toBe(200);
    await isAnswered(third);
    expect(fourth.ofType('provider.ready')).toHaveLength(0);
    await two[Symbol.asyncDispose]();
    await fourth.next('provider.ready');
    await isAnswered(fourth);
  });

  it('one who leaves makes room for those behind', async () => {
    await isEmpty();
    await using _one = await started();
    await using _two = await started();
    await using third = await waiting(1);
    await using fourth = await waiting(2);
    await third[Symbol.asyncDispose]();
    await movesUpTo(fourth, 1);
    await using fifth = await waiting(2);
    await expect.poll(() => shared.bed.status()).toMatchObject({ waiting: 2 });
    await fifth.leave();
    await using back = TestCaller.resume(shared.bed.wsUrl, fifth);
    await back.next('session.resumed');
    await fourth[Symbol.asyncDispose]();
    await movesUpTo(back, 1);
  });
});

it('who waited for an agent that is gone is told so, when it is their turn', async () => {
  await isEmpty();
  await using one = await started();
  await using _two = await started();
  await using third = await waiting(1, { agent: 'night-desk' });
  rmSync(join(agents, 'night-desk'), { recursive: true });
  const told = () => shared.bed.logs().match(/"night-desk":"removed"/g)?.length;
  await expect.poll(told, { timeout: 20_000 }).toBe(2);
  await one[Symbol.asyncDispose]();
  expect(await third.next('error')).toMatchObject({ code: 'UNKNOWN_AGENT', retryable: false });
  expect(await third.closed).toMatchObject({ code: 4531 });
});

it('Redis that forgets everything changes no order, and a worker that dies ends no wait', async () => {
  await isEmpty();
  await using one = await started();
  await using two = await started();
  await using third = await waiting(1);
  await using fourth = await waiting(2);
  const redis = new Redis(shared.bed.redisUrl);
  const keys = keysOf(shared.bed.clusterName);
  await redis.flushall();
  const journals = [one, two, third, fourth].map(({ sessionId = '' }) => keys.journal(sessionId));
  await waitFor('all that was forgotten', async () => (await redis.exists(...journals)) === 4 || undefined);
  await expect.poll(() => redis.zrange(keys.waiting, '0', '-1')).toEqual([third.sessionId, fourth.sessionId]);
  redis.disconnect();

  process.kill((await hostOf(third)).pid, 'SIGKILL');
  await third.next('session.moved');
  await isAnswered(one);
  await isAnswered(two);
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await third.next('provider.ready');
  await isAnswered(third);
  await third[Symbol.asyncDispose]();
  await fourth.next('provider.ready');
  await isAnswered(fourth);
  await expect.poll(() => workerMetric(shared.bed, 'vjj_waiting_calls')).toBe(0);
});

describe('when the voice service has little left for us', () => {
  it('the worker that was told so takes no new calls, and says why; those it has go on', async () => {
    await isEmpty();
    await using one = await started();
    await using two = await started();
    const tokensLeft = { limit: 1000, remaining: 0, reset_seconds: 600 };
    await shared.emulator.script({ ...script, tokensLeft });
    await isAnswered(two);
    await isAnswered(two);
    await shared.emulator.script(script);
    await two[Symbol.asyncDispose]();
    await expect
      .poll(() => shared.bed.status())
      .toMatchObject({
        sessions: 1,
        capacity: 1,
        workers: expect.arrayContaining([
          expect.objectContaining({ id: two.worker, limitedBy: 'provider_limits' }),
        ]),
      });
    await using third = await waiting(1);
    await one[Symbol.asyncDispose]();
    await third.next('provider.ready');
    expect(await shared.pinOf(third)).toMatchObject({ owner: one.worker });
    await isAnswered(third);
  });
});

it('a worker that leaves hands over those who wait, and they keep their place', async () => {
  await using callers = new AsyncDisposableStack();
  const connect = async () => {
    const caller = callers.use(await TestCaller.connect(shared.bed.wsUrl));
    caller.send({ type: 'session.start' });
    return caller;
  };
  await connect();
  await connect();
  const last = await connect();
  const { position } = await last.next('session.waiting');
  process.kill((await hostOf(last)).pid, 'SIGTERM');
  expect(await last.next('session.moved')).toMatchObject({ cause: 'drain' });
  await movesUpTo(last, position);
});
