import { afterEach, describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { refusalOf } from './raw-caller.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { TestCaller } from './test-caller.ts';

const script = {
  heard: ['Where does the rhinoceros sleep?'],
  answers: [{ when: 'story', answerMs: 12_000 }, { say: 'Yes.' }],
  speedUp: 20,
};
const shared = sharedTestbed({
  gateways: 1,
  workers: 1,
  script,
  neverLogged: ['rhinoceros', 'platypus'],
});
const longQuestion = 'Tell me the story of the platypus';

const connect = () => TestCaller.connect(shared.bed.wsUrl);
const started = () => TestCaller.started(shared.bed.wsUrl);

describe('the voice service', () => {
  afterEach(() => shared.emulator.noFaults());

  it.each([
    {
      status: 401,
      code: 'PROVIDER_AUTH',
      close: 4520,
      retryable: false,
      logs: [/PROVIDER_AUTH.*OPENAI_API_KEY/],
    },
    {
      status: 429,
      code: 'PROVIDER_BUSY',
      close: 4020,
      retryable: true,
      // Until it takes calls again: those of the next test would wait, and one that has waited is tried again.
      logs: [/PROVIDER_BUSY.*quota/, /"isPaused":false/],
    },
    {
      status: 503,
      code: 'PROVIDER_UNREACHABLE',
      close: 4021,
      retryable: true,
      logs: [/HTTP 503.*OPENAI_BASE_URL/],
    },
  ])('that answers $status ends the call as $code, and the log says what to check', async (refusal) => {
    await shared.emulator.fault({ kind: 'handshake', status: refusal.status, times: 1 });
    await using caller = await connect();
    caller.send({ type: 'session.start' });
    expect(await caller.next('error')).toMatchObject({ code: refusal.code, retryable: refusal.retryable });
    expect(await caller.closed).toEqual({ code: refusal.close, reason: refusal.code });
    for (const line of refusal.logs) await shared.logged(line);

    await using next = await started();
    await next.asks('Are you there?');
  });

  it('that fails an answer is an error to the caller, is told what was heard of it, and answers the next turn', async () => {
    await using caller = await started();
    await shared.emulator.fault({ kind: 'fail-response', afterAudioMs: 200, times: 1 });
    caller.send({ type: 'text.input', text: longQuestion });
    expect(await caller.next('error')).toMatchObject({ code: 'PROVIDER_ERROR', retryable: true });
    await caller.next('response.end');
    await expect.poll(() => caller.ofType('lane.owner_changed').at(-1)?.to).toBe('none');
    await expect
      .poll(async () => (await shared.emulator.lastResponse()).truncations)
      .toMatchObject([{ audioEndMs: Math.floor(caller.laneMs('B')) }]);
    await caller.asks('Are you there?');
  });

  it('that fails before the first audio leaves nothing behind', async () => {
    await using caller = await started();
    await shared.emulator.fault({ kind: 'fail-response', times: 1 });
    caller.send({ type: 'text.input', text: 'Is the platypus there?' });
    expect(await caller.next('error')).toMatchObject({ code: 'PROVIDER_ERROR' });
    await caller.next('response.end');
    expect(caller.heardMs).toBe(0);
    await caller.asks('Are you there?');
  });

  it('that reports an error of its own is passed on by id, and the call goes on', async () => {
    await using caller = await started();
    await shared.emulator.fault({ kind: 'error', error: {}, times: 1 });
    expect(await caller.next('error')).toMatchObject({ code: 'PROVIDER_ERROR', retryable: true });
    await caller.asks('Are you there?');
  });

  it('that goes away and stays away ends its calls after a while, refuses new ones, and is found again when it is back', async () => {
    const caller = await started();
    await shared.bed.emulator!.stop();
    const early = await connect();
    early.send({ type: 'session.start' });
    expect(await early.closed).toEqual({ code: 4021, reason: 'PROVIDER_UNREACHABLE' });
    expect(await caller.closed).toEqual({ code: 4021, reason: 'PROVIDER_UNREACHABLE' });
    await shared.bed.emulator!.start();
    await shared.emulator.script(script);
    await using late = await started();
    await late.asks('Are you there?');
  });
});

describe('while Redis is away', () => {
  it('calls go on, new ones are refused at once, /health and /ready tell the two apart, and it heals', async () => {
    await using caller = await started();
    const before = (await shared.bed.status()).workers[0]!;
    await shared.bed.redis.stop();

    const askedAt = performance.now();
    const { status, headers, body } = await refusalOf(shared.bed.wsUrl);
    // The promise is 250 ms; a machine that is busy with other things is given more.
    expect(performance.now() - askedAt).toBeLessThan(1000);
    expect({ status, ...JSON.parse(body) }).toMatchObject({
      status: 503,
      code: 'REDIS_AWAY',
      retryable: true,
    });
    expect(headers['retry-after']).toBeDefined();
    await caller.asks('Are you there?');
    expect((await fetch(`${shared.bed.url}/health`)).status).toBe(200);
    const ready = await fetch(`${shared.bed.url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, reasons: [{ code: 'REDIS_AWAY' }] });
    expect(await shared.bed.status()).toMatchObject({ status: 'registry_away', sessions: 1 });

    await shared.bed.redis.start();
    await using next = await waitFor('a call that is taken', () => TestCaller.started(shared.bed.wsUrl));
    await Promise.all([next.asks('Are you there?'), caller.asks('Are you still there?')]);
    expect((await shared.bed.status()).workers.find(({ state }) => state === 'up')!.pid).toBe(before.pid);
  });

  it('a Redis that hangs is no different from one that is gone', async () => {
    await using caller = await started();
    shared.bed.redis.kill('SIGSTOP');
    try {
      const { body } = await refusalOf(shared.bed.wsUrl);
      expect(JSON.parse(body)).toMatchObject({ code: 'REDIS_AWAY' });
      await caller.asks('Are you there?');
    } finally {
      shared.bed.redis.kill('SIGCONT');
    }
    await using _next = await waitFor('a call that is taken', () => connect());
  });
});
