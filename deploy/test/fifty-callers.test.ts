import { Call } from '@vjj/client/sdk/call.ts';
import type { AudioFrame } from '@vjj/client/sdk/server-frame.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { sharedTestbed } from './shared-testbed.ts';
import { tone } from './sounds.ts';

const callers = 50;
const capacity = 40;
const shared = sharedTestbed({
  gateways: 2,
  workers: 2,
  env: { MAX_SESSIONS_PER_WORKER: String(capacity), WARM_POOL_MAX: '10' },
  script: { heard: ['Where does the rhinoceros sleep?'], answers: [{ say: 'In the garden.' }], speedUp: 4 },
  neverLogged: ['rhinoceros', 'in the garden'],
});

/** One call through the SDK; resolves when its spoken turn has been answered. */
async function answeredCall(): Promise<{ call: Call; worker: string; audio: AudioFrame[] }> {
  const call = new Call();
  const audio: AudioFrame[] = [];
  call.on('audio', (frame) => audio.push(frame));
  const greeted = call.next('session.ready');
  await call.connect(`${shared.bed.wsUrl}/ws`);
  const live = call.next('provider.ready');
  call.start({ audio: 'binary' });
  await live;
  const answered = call.next('response.end');
  for (let sent = 0; sent < 3; sent++) call.sendAudio(tone(100));
  call.commit();
  await answered;
  return { call, worker: (await greeted).worker ?? '', audio };
}

it('fifty callers at once are spread evenly, all answered, and leave nothing behind', async () => {
  const calls = await Promise.all(Array.from({ length: callers }, answeredCall));
  for (const { audio } of calls) expect(audio.length).toBeGreaterThan(0);

  const perWorker = Object.values(Object.groupBy(calls, ({ worker }) => worker)).map((some) => some!.length);
  expect(perWorker).toHaveLength(2);
  expect(Math.max(...perWorker) - Math.min(...perWorker)).toBeLessThanOrEqual(2);
  expect(new Set(calls.map(({ call }) => call.sessionId)).size).toBe(callers);

  await Promise.all(calls.map(({ call }) => call.end()));

  const redis = new Redis(shared.bed.redisUrl);
  onTestFinished(() => redis.disconnect());
  const keys = keysOf(shared.bed.clusterName);
  const left = async () => {
    const { workers, gateways } = await shared.bed.status();
    const metrics = await (await fetch(`${shared.bed.url}/metrics`)).text();
    return {
      sessions: workers.map(({ sessions }) => sessions),
      freeSlots: await Promise.all(workers.map(({ id }) => redis.zscore(keys.free, id))),
      reservations: await Promise.all(workers.map(({ id }) => redis.zcard(keys.reservedPrefix + id))),
      pins: await redis.keys(keys.pin('*').replace(/[{}]/g, '\\$&')),
      connections: /^vjj_gateway_connections (\d+)$/m.exec(metrics)?.[1],
      gatewaySessions: gateways.map(({ sessions }) => sessions),
      // Besides those that wait for the next callers.
      emulatorSessions:
        (await shared.emulator.state()).sessions.live - sum(workers.map((worker) => worker.warmConnections)),
    };
  };
  await expect.poll(left, { timeout: 15_000, interval: 100 }).toEqual({
    sessions: [0, 0],
    freeSlots: [String(capacity), String(capacity)],
    reservations: [0, 0],
    pins: [],
    connections: '0',
    gatewaySessions: [0, 0],
    emulatorSessions: 0,
  });
});

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
