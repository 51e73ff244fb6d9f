import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { afterAll, expect, it } from 'vitest';
import { startTestSentinel } from '../src/test-sentinel.ts';
import { waitFor } from '../src/wait-for.ts';
import { refusalOf } from './raw-caller.ts';
import { isGone } from './scratch.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { isStored } from './stored-calls.ts';
import { folderOfFile } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';

const store = join(folderOfFile(), 'audit');
mkdirSync(store);
const sentinel = await startTestSentinel();
afterAll(() => sentinel[Symbol.asyncDispose]());
const shared = sharedTestbed({
  redisUrl: sentinel.url,
  workers: 2,
  recorders: 1,
  env: { AUDIT_DIR: store, HEARTBEAT_MS: '500', LEASE_MS: '2000' },
  script: { answers: [{ say: 'Yes, I hear you.' }], speedUp: 20, firstAudioMs: 0 },
});

const started = () => TestCaller.started(shared.bed.wsUrl);
const keys = keysOf('test');

it('a master that is replaced costs no call; all is adopted by the new one, and the old one rules nobody', async () => {
  const callers = await Promise.all([started(), started()]);
  const askAll = () => Promise.all(callers.map((caller) => caller.asks('Do you hear me?')));
  await askAll();

  // Its connections stay open, as those to a host do that fell off the network.
  sentinel.master.kill('SIGSTOP');
  const askedAt = performance.now();
  expect(JSON.parse((await refusalOf(shared.bed.wsUrl)).body)).toMatchObject({ code: 'REDIS_AWAY' });
  console.log(`refused after ${Math.round(performance.now() - askedAt)} ms`);
  await askAll();

  callers.push(await waitFor('a call that is taken', started, { limitMs: 40_000 }));
  await waitFor('all pins at living workers', async () => {
    const { workers } = await shared.bed.registry();
    const up = new Set(workers.filter(({ state }) => state === 'up').map(({ id }) => id));
    const pins = await Promise.all(callers.map((caller) => shared.pinOf(caller)));
    return pins.every(({ owner }) => up.has(owner)) || undefined;
  });
  await expect.poll(() => shared.bed.status()).toMatchObject({ sessions: callers.length });
  for (const caller of callers) expect(caller.ofType('session.moved')).toEqual([]);

  // It continues in the belief that it is the master.
  sentinel.master.kill('SIGCONT');
  callers.push(await started());
  const former = openRedis(sentinel.masterUrl);
  try {
    // Sentinel may have told it by now, and it has the pin from its successor; as a master it must not have it.
    const [[, role], [, pins]] = (await former
      .multi()
      .role()
      .exists(keys.pin(callers.at(-1)!.sessionId!))
      .exec()) as [[null, [string]], [null, number]];
    expect({ role: role[0], pins }).not.toEqual({ role: 'master', pins: 1 });
  } finally {
    former.disconnect();
  }

  // What is known of the calls is with the new one: another worker goes on with them.
  const { owner } = await shared.pinOf(callers[0]!);
  const { pid } = (await shared.bed.registry()).workers.find(({ id }) => id === owner)!;
  process.kill(pid, 'SIGKILL');
  await waitFor('its end', () => isGone(pid) || undefined);
  await callers[0]!.next('session.moved');
  await askAll();

  // The queues follow as soon as the former master is gone or was told.
  sentinel.master.kill('SIGKILL');
  for (const caller of callers) caller.send({ type: 'session.end' });
  const sessions = callers.map(({ sessionId }) => sessionId!);
  await waitFor(
    'the ends of all calls in the store',
    () => sessions.every((session) => isStored(store, session)) || undefined,
    { limitMs: 40_000, everyMs: 200 },
  );
}, 150_000);
