import { expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { refusalOf } from './raw-caller.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { TestCaller } from './test-caller.ts';

const apiKey = 'sk-only-the-workers-know';
const shared = sharedTestbed({
  workers: 2,
  // The voice service is nowhere, as after a typing mistake in its address.
  emulator: false,
  env: {
    MAX_SESSIONS_PER_WORKER: '1',
    WAITING_ROOM_SIZE: '0',
    OPENAI_API_KEY: apiKey,
    OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
  },
  neverLogged: [apiKey],
});

interface Ready {
  ready: boolean;
  reasons: { code: string; text: string }[];
}

async function readyAnswer(): Promise<{ status: number; reasons: string[] }> {
  const answer = await fetch(`${shared.bed.url}/ready`);
  const { reasons } = (await answer.json()) as Ready;
  return { status: answer.status, reasons: reasons.map(({ code }) => code) };
}

async function expectRefusal(code: string): Promise<void> {
  const { status, headers, body } = await refusalOf(`${shared.bed.wsUrl}/ws`);
  expect(status).toBe(503);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'retry-after': expect.stringMatching(/^\d+$/),
  });
  expect(JSON.parse(body)).toEqual({ error: expect.any(String), code, retryable: true });
}

it('a voice service that cannot be reached ends the call as PROVIDER_UNREACHABLE, and the log says what to check', async () => {
  const caller = await TestCaller.connect(shared.bed.wsUrl);
  caller.send({ type: 'session.start' });
  expect(await caller.next('error')).toMatchObject({ code: 'PROVIDER_UNREACHABLE', retryable: true });
  expect(await caller.closed).toMatchObject({ code: 4021, reason: 'PROVIDER_UNREACHABLE' });
  await shared.logged(/PROVIDER_UNREACHABLE.*ECONNREFUSED.*check OPENAI_BASE_URL/);
});

it('when every worker is full, a call is refused as NO_CAPACITY before the upgrade, and taken when one leaves', async () => {
  // The place of the call before is given back a moment after its end.
  await using one = await waitFor('a free place', () => TestCaller.connect(shared.bed.wsUrl));
  {
    await using two = await waitFor('another', () => TestCaller.connect(shared.bed.wsUrl));
    expect(two.worker).not.toBe(one.worker);
    await expectRefusal('NO_CAPACITY');
    await expect.poll(readyAnswer, { timeout: 5000 }).toEqual({ status: 503, reasons: ['NO_CAPACITY'] });
  }
  await using _three = await waitFor('a free place', () => TestCaller.connect(shared.bed.wsUrl));
  await expect(refusalOf(shared.bed.wsUrl)).resolves.toMatchObject({ status: 503 });
});

it('when no worker runs, a call is refused as NO_WORKER before the upgrade, and taken when one runs again', async () => {
  const [workers] = shared.bed.primaries.worker;
  await workers!.stop();
  await expectRefusal('NO_WORKER');
  expect(await readyAnswer()).toEqual({ status: 503, reasons: ['NO_WORKER'] });
  expect(await shared.bed.status()).toMatchObject({ status: 'down', workers: [] });
  await workers!.start();
  await expect.poll(readyAnswer).toEqual({ status: 200, reasons: [] });
  await using _caller = await TestCaller.connect(shared.bed.wsUrl);
});
