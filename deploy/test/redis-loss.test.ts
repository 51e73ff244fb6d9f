import { mkdirSync, rmSync } from 'node:fs';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BlackHole, blackHole } from '../src/chaos/black-hole.ts';
import { waitFor } from '../src/wait-for.ts';
import { refusalOf } from './raw-caller.ts';
import { isGone } from './scratch.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { TestCaller } from './test-caller.ts';

const ways: BlackHole[] = [];
const capacity = 50;
const shared = sharedTestbed({
  async wayToRedis(_primary, url) {
    const way = await blackHole(url);
    ways.push(way);
    return way.url;
  },
  workers: 2,
  env: { HEARTBEAT_MS: '500', LEASE_MS: '2000', MAX_SESSIONS_PER_WORKER: String(capacity) },
  script: { answers: [{ say: 'Yes, I hear you.' }], speedUp: 20, firstAudioMs: 0 },
});
const keys = keysOf('test');
/** Tries again as a caller would: a registry that is slow for a moment refuses new calls. */
const taken = () => waitFor('a call that is taken', () => TestCaller.started(shared.bed.wsUrl));
/** Of the test itself, past those ways. */
let direct: ReturnType<typeof openRedis>;
beforeAll(() => {
  direct = openRedis(shared.bed.redisUrl).on('error', () => undefined);
});
afterAll(() => {
  direct?.disconnect();
  for (const way of ways) way.end();
});
const workers = async () => (await shared.bed.registry()).workers;
const living = async () => (await workers()).filter(({ state, pid }) => state === 'up' && !isGone(pid));

/** Each call has one living owner, at a newer epoch than before, and every slot is free that no call has. */
async function expectAdopted(before: readonly { epoch: number }[]) {
  await waitFor('every call at a living worker', async () => {
    const up = new Set((await living()).map(({ id }) => id));
    const pins = await direct
      .pipeline(callers.map(({ sessionId }) => ['hgetall', keys.pin(sessionId!)]))
      .exec();
    const owned = pins?.map(([, pin]) => pin as { owner: string; epoch: string });
    return (
      owned?.every(({ owner, epoch }, i) => up.has(owner) && Number(epoch) > (before[i]?.epoch ?? 0)) ||
      undefined
    );
  });
  await expect
    .poll(
      async () => {
        const up = await living();
        const free = await Promise.all(up.map(({ id }) => direct.zscore(keys.free, id)));
        return {
          sessions: up.reduce((sum, one) => sum + one.sessions, 0),
          free: free.reduce((sum, slots) => sum + Number(slots), 0),
          processes: up.length,
        };
      },
      { timeout: 10_000 },
    )
    .toEqual({ sessions: callers.length, free: 2 * capacity - callers.length, processes: 2 });
  await askAll();
  for (const caller of callers) expect(caller.ofType('session.moved')).toEqual([]);
}

const callers: TestCaller[] = [];
const askAll = () => Promise.all(callers.map((caller) => caller.asks('Do you hear me?')));
const pins = () => Promise.all(callers.map((caller) => shared.pinOf(caller)));

it('a way to Redis that swallows everything costs no call; when there is another, all is as before', async () => {
  const [first, second, third] = await Promise.all([taken(), taken(), taken()]);
  callers.push(first, second, third);
  await askAll();
  const before = await pins();

  for (const way of ways) way.open();
  const askedAt = performance.now();
  const { status, body } = await refusalOf(shared.bed.wsUrl);
  const refusedMs = performance.now() - askedAt;
  console.log(`refused after ${Math.round(refusedMs)} ms`);
  expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 503, code: 'REDIS_AWAY', retryable: true });
  // The promise is 250 ms; a machine that is busy with other things is given more.
  expect(refusedMs).toBeLessThan(2000);
  await askAll();
  await waitFor('all leases to run out', async () => (await living()).length === 0 || undefined);
  await askAll();

  for (const way of ways) way.forget();
  callers.push(await taken());
  await expectAdopted(before);
});

it('a Redis that is replaced by an empty one is told of everything, and calls outlive their worker as before', async () => {
  const before = await pins();
  await shared.bed.redis.stop(0);
  rmSync(shared.bed.redisFolder, { recursive: true });
  mkdirSync(shared.bed.redisFolder);
  await shared.bed.redis.start();
  await expectAdopted(before);
  const journals = callers.map(({ sessionId }) => keys.journal(sessionId!));
  await expect.poll(() => direct.exists(...journals), { timeout: 10_000 }).toBe(callers.length);

  const [caller] = callers;
  const { owner } = await shared.pinOf(caller!);
  process.kill((await workers()).find(({ id }) => id === owner)!.pid, 'SIGKILL');
  await caller!.next('session.moved');
  await askAll();
  for (const each of callers) {
    expect(each.ofType('error')).toEqual([]);
    expect(each.seqs).toEqual(each.seqs.map((_, index) => index + 1));
  }

  // The worker that is left had several ids by now; links to those of before end with the last call on them.
  for (const each of callers) each.send({ type: 'session.end' });
  await Promise.all(callers.map((each) => each.closed));
  const links = async () =>
    (await shared.bed.registry()).gateways.filter(({ state }) => state === 'up').map((one) => one.links);
  await expect.poll(links, { timeout: 10_000 }).toEqual([1]);
});
