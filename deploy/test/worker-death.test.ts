import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { isGone } from './scratch.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { TestCaller } from './test-caller.ts';

const shared = sharedTestbed({
  gateways: 2,
  workers: 2,
  env: { DRAIN_TIMEOUT_MS: '5000' },
  script: {
    heard: ['Where does the rhinoceros sleep?'],
    answers: [{ when: 'story', answerMs: 12_000 }, { say: 'Yes.' }],
    speedUp: 20,
  },
  neverLogged: ['rhinoceros', 'platypus'],
});

const mostCallers = 12;
const started = () => TestCaller.started(shared.bed.wsUrl);

interface Callers {
  worker: string;
  callers: TestCaller[];
}

/** Callers until each of both workers has at least one. */
async function callersOfBoth(): Promise<[Callers, Callers]> {
  const callers = await Promise.all([started(), started(), started(), started()]);
  const workers = () => [...new Set(callers.map(({ worker = '' }) => worker))];
  while (workers().length < 2 && callers.length < mostCallers) callers.push(await started());
  const [one, two] = workers().map((worker) => ({
    worker,
    callers: callers.filter((caller) => caller.worker === worker),
  }));
  if (one === undefined || two === undefined) throw new Error(`${callers.length} callers on one worker`);
  return [one, two];
}

const pidOf = async (worker: string) => {
  const { workers } = await shared.bed.status();
  return workers.find(({ id }) => id === worker)!.pid;
};

/** The workers that take calls, once there are two; the lease of one that is dead may still run. */
const twoUp = () =>
  waitFor('two workers', async () => {
    const { workers } = await shared.bed.registry();
    const up = workers.filter(({ state, pid }) => state === 'up' && !isGone(pid));
    return up.length === 2 ? up.map(({ id }) => id) : undefined;
  });

const ended = (pid: number) => waitFor('the end of a worker', () => isGone(pid) || undefined);

async function leave(callers: TestCaller[]): Promise<void> {
  await Promise.all(callers.map((caller) => caller[Symbol.asyncDispose]()));
}

describe('a worker that is killed', () => {
  it('costs nobody the call, disturbs nobody else, and is replaced under a new id', async () => {
    const [dead, alive] = await callersOfBoth();
    // In the middle of its answers.
    for (const caller of [...dead.callers, ...alive.callers]) {
      caller.send({ type: 'text.input', text: 'Tell me the story of the platypus' });
    }
    await Promise.all([...dead.callers, ...alive.callers].map((caller) => caller.next('audio.chunk')));
    const pid = await pidOf(dead.worker);
    process.kill(pid, 'SIGKILL');
    await ended(pid);

    await Promise.all(dead.callers.map((caller) => caller.next('session.moved')));
    // Whoever calls now finds a living worker, though the lease of the dead one still runs.
    const returned = await started();
    expect(returned.worker).not.toBe(dead.worker);
    await returned.asks('Are you there?');
    for (const caller of [...dead.callers, ...alive.callers]) {
      await caller.next('audio.chunk');
      caller.send({ type: 'user.barge_in' });
      await caller.asks('Are you still there?');
      expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
    }
    for (const caller of alive.callers) expect(caller.ofType('session.moved')).toEqual([]);
    await leave([...dead.callers, ...alive.callers, returned]);

    const up = await twoUp();
    expect(up).toContain(alive.worker);
    const [one, two] = await callersOfBoth();
    expect([one.worker, two.worker].sort()).toEqual(up.sort());
    await Promise.all([...one.callers, ...two.callers].map((caller) => caller.asks('Are you there?')));
    await leave([...one.callers, ...two.callers]);
  });
});

it('a caller who hangs up while the next worker is being reached leaves nothing behind', async () => {
  const up = await twoUp();
  await using caller = await started();
  const { owner } = await shared.pinOf(caller);
  // No gateway has a link to one that is new.
  const pid = await pidOf(up.find((id) => id !== owner)!);
  process.kill(pid, 'SIGKILL');
  await ended(pid);
  const [next = ''] = (await twoUp()).filter((id) => id !== owner);
  const stopped = await pidOf(next);
  process.kill(stopped, 'SIGSTOP');
  const redis = openRedis(shared.bed.redisUrl);
  try {
    process.kill(await pidOf(owner), 'SIGKILL');
    await expect.poll(async () => (await shared.pinOf(caller)).owner).not.toBe(owner);
    await caller[Symbol.asyncDispose]();
    const keys = keysOf(shared.bed.clusterName);
    const left = () => redis.exists(keys.pin(caller.sessionId!), keys.journal(caller.sessionId!));
    await expect.poll(left, { timeout: 20_000 }).toBe(0);
  } finally {
    redis.disconnect();
    process.kill(stopped, 'SIGCONT');
  }
  await twoUp();
});

describe('a gateway process that is told to leave alone', () => {
  it('listens no more: whoever calls gets its sibling', async () => {
    const callers = await Promise.all([started(), started(), started(), started()]);
    // Its drain lasts as long as it has a caller who does not go.
    const leaving = await waitFor('a gateway with callers', async () => {
      const { gateways } = await shared.bed.registry();
      return gateways.find(({ sessions, pid }) => sessions > 0 && !isGone(pid));
    });
    process.kill(leaving.pid, 'SIGTERM');
    await shared.logged(/this process alone leaves; it listens no more/);
    for (let i = 0; i < 6; i++) callers.push(await started());
    for (const caller of callers) caller.send({ type: 'session.end' });
    await Promise.all(callers.map(({ closed }) => closed));
    await ended(leaving.pid);
    await waitFor('its successor', async () => {
      const { gateways } = await shared.bed.registry();
      return gateways.filter(({ state }) => state === 'up').length === 2 || undefined;
    });
  });
});

describe('a worker that is told to leave', () => {
  it('takes no new calls, hands those it has to another at a pause, and goes', async () => {
    const [leaving, other] = await callersOfBoth();
    const [listening, speaking] = [leaving.callers[0]!, await TestCaller.started(shared.bed.wsUrl)];
    speaking.send({ type: 'text.input', text: 'Tell me the story of the platypus' });
    await speaking.next('audio.chunk');
    const pid = await pidOf(leaving.worker);
    process.kill(pid, 'SIGTERM');
    process.kill(pid, 'SIGTERM'); // another signal changes nothing
    const moved = await listening.next('session.moved');
    expect(moved.cause).toBe('drain');
    const fresh = await Promise.all([started(), started(), started()]);
    expect(fresh.map(({ worker }) => worker)).not.toContain(leaving.worker);
    const all = [...leaving.callers, ...other.callers, ...fresh];
    await Promise.all(all.map((caller) => caller.asks('Are you there?')));
    await ended(pid);
    // Mid-answer it was cut at the end of the drain, or moved between two answers; either way the call goes on.
    speaking.send({ type: 'user.barge_in' });
    await speaking.asks('Are you still there?');
    for (const caller of [...all, speaking])
      expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
    for (const caller of other.callers) expect(caller.ofType('session.moved')).toEqual([]);
    expect((await shared.bed.registry()).workers.map(({ id }) => id)).not.toContain(leaving.worker);
    await leave([...all, speaking]);
    await twoUp();
  });

  it('cuts an answer that lasts beyond the drain, and another worker goes on with it', async () => {
    const [leaving, other] = await callersOfBoth();
    for (const caller of leaving.callers)
      caller.send({ type: 'text.input', text: 'Tell me the story of the platypus' });
    await Promise.all(leaving.callers.map((caller) => caller.next('audio.chunk')));
    const pid = await pidOf(leaving.worker);
    process.kill(pid, 'SIGTERM');
    for (const caller of leaving.callers) {
      expect((await caller.next('session.moved')).cause).toBe('drain');
      await caller.next('audio.chunk');
      expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
    }
    await ended(pid);
    await leave([...leaving.callers, ...other.callers]);
    await twoUp();
  });

  it('keeps its calls until the drain timeout when there is no other worker, and then says why they end', async () => {
    const [one, two] = await callersOfBoth();
    const pids = await Promise.all([one, two].map(({ worker }) => pidOf(worker)));
    shared.bed.primaries.worker[0]!.kill('SIGTERM');
    const callers = [...one.callers, ...two.callers];
    await Promise.all(callers.map((caller) => caller.asks('Are you there?')));
    for (const caller of callers) {
      expect(await caller.closed).toEqual({ code: 4017, reason: 'DRAINING' });
      expect(caller.messages.at(-1)).toMatchObject({ type: 'error', code: 'DRAINING', retryable: true });
    }
    await Promise.all(pids.map(ended));
    await leave(callers);
  });
});
