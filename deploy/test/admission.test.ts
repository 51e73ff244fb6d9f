import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { TestCaller } from './test-caller.ts';

/** An even number: each of both has a place left in the second test. */
const mostSessions = 4;
const shared = sharedTestbed({
  workers: 2,
  env: { OPENAI_MAX_SESSIONS: String(mostSessions), MAX_LOOP_LAG_MS: '150', HEARTBEAT_MS: '500' },
  script: { answers: [{ say: 'Yes.' }], speedUp: 20 },
});
const started = () => TestCaller.started(shared.bed.wsUrl);

it('all workers together have no more calls than the voice service may have; one more waits for the next place', async () => {
  await using callers = new AsyncDisposableStack();
  const first = callers.use(await started());
  for (let i = 1; i < mostSessions; i++) callers.use(await started());
  const more = callers.use(await TestCaller.connect(shared.bed.wsUrl));
  more.send({ type: 'session.start' });
  expect(await more.next('session.waiting')).toMatchObject({ position: 1 });
  await expect
    .poll(() => shared.bed.status())
    .toMatchObject({
      sessions: mostSessions,
      capacity: mostSessions,
      workers: [{ limitedBy: 'provider_sessions' }, { limitedBy: 'provider_sessions' }],
    });
  expect((await shared.emulator.state()).sessions.live).toBe(mostSessions);
  await first[Symbol.asyncDispose]();
  await more.next('provider.ready');
  await more.asks('Are you there?');
});

it('a worker whose event loop runs late gets no new calls, says why, and is taken again when it does not', async () => {
  await using caller = await started();
  const { owner } = await shared.pinOf(caller);
  const worker = async () => (await shared.bed.registry()).workers.find(({ id }) => id === owner)!;
  const { pid } = await worker();
  let isLate = true;
  const slow = (async () => {
    while (isLate) {
      process.kill(pid, 'SIGSTOP');
      await sleep(300);
      process.kill(pid, 'SIGCONT');
      await sleep(60);
    }
  })();
  try {
    await waitFor(
      'the worker that is late',
      async () => (await worker()).limitedBy === 'loop_lag' || undefined,
    );
    await using other = await started();
    expect(other.worker).not.toBe(owner);
  } finally {
    isLate = false;
    await slow;
  }
  await waitFor('the worker in time', async () => (await worker()).limitedBy !== 'loop_lag' || undefined);
  await caller.asks('Are you there?');
});
