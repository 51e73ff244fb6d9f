import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sharedTestbed } from './shared-testbed.ts';
import { numberedWord, silence, tone } from './sounds.ts';
import { testAgents } from './test-agents.ts';
import { type MessageOf, TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

const story =
  'Once there was a heron who found a small brass key. At the end of the valley stood a door without a house.';
const script = {
  answers: [
    { when: 'story', say: story },
    { when: 'name', say: 'My name is Ada.' },
    { say: 'Yes, I hear you.' },
  ],
  speedUp: 4,
  firstAudioMs: 50,
  inputTranscriptMs: 100,
};
const midAnswer = {
  kind: 'close',
  code: 1006,
  on: 'response.output_audio.delta',
  afterMs: 800,
  times: 1,
} as const;
const neverLogged = ['heron', 'brass key'];

/** Nothing of the connection to the client says that anything happened. */
function expectUnbroken(caller: TestCaller): void {
  expect(caller.isOpen).toBe(true);
  expect(caller.ofType('error')).toEqual([]);
  expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
}

/** Says numbers as a microphone would, one each 100 ms, and then nothing for a second. */
async function count(caller: TestCaller, to: number): Promise<void> {
  for (let number = 1; number <= to; number++) {
    caller.sendAudio(numberedWord(number));
    await sleep(100);
  }
  for (let i = 0; i < 10; i++) {
    caller.sendAudio(silence(100));
    await sleep(100);
  }
}

async function expectHeard(caller: TestCaller, to: number): Promise<void> {
  const heard = () => caller.ofType('user_transcript').filter(({ isFinal }) => isFinal);
  await expect.poll(() => heard().length, { timeout: 20_000 }).toBe(1);
  expect(heard()[0]?.text).toBe(`${Array.from({ length: to }, (_, at) => at + 1).join(' ')}.`);
  expectUnbroken(caller);
}

describe('a connection to the voice service that is lost', () => {
  // One worker: it must take up again what it has left.
  const shared = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, DRAIN_TIMEOUT_MS: '3000' },
    script,
    neverLogged,
  });
  beforeAll(() => linesReady(shared.bed));
  afterEach(async () => {
    await shared.emulator.noFaults();
    // The next fault is for the next call, not for what is left of this one.
    await expect.poll(async () => (await shared.emulator.state()).sessions.live).toBe(0);
  });

  it.each([1006, 1011])('while nobody speaks (%i) is noticed by nobody', async (code) => {
    const before = (await shared.emulator.state()).sessions.total;
    await shared.emulator.fault({ kind: 'close', code, afterMs: 700, times: 1 });
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await expect
      .poll(async () => (await shared.emulator.state()).sessions.total, { timeout: 10_000 })
      .toBe(before + 2);
    await caller.asks('Do you hear me?');
    expect(caller.lastTranscript).toBe('Yes, I hear you.');
    expect(caller.ofType('session.moved')).toEqual([]);
    expectUnbroken(caller);
  });

  it('while the caller speaks loses none of the words', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl, { voiceMode: 'open-mic' });
    await shared.emulator.fault({
      kind: 'close',
      code: 1006,
      on: 'input_audio_buffer.speech_started',
      afterMs: 500,
      times: 1,
    });
    await count(caller, 15);
    await expectHeard(caller, 15);
  });

  it('when the caller has begun to speak and the service has not noticed yet loses none of the words', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl, { voiceMode: 'open-mic' });
    await shared.emulator.fault({ kind: 'drop', type: 'input_audio_buffer.speech_started', times: 1 });
    await shared.emulator.fault({ kind: 'close', code: 1006, afterMs: 300, times: 1 });
    await count(caller, 15);
    await expectHeard(caller, 15);
  });

  it('in the middle of an answer is bridged, and the answer goes on', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await shared.emulator.fault(midAnswer);
    await caller.asks('Tell me a story');
    expect(caller.lastTranscript).toContain('a door without a house.');
    expect(caller.ofType('session.moved')).toHaveLength(1);
    expectUnbroken(caller);
    await caller.asks('Do you hear me?');
    expect(caller.lastTranscript).toBe('Yes, I hear you.');
  });

  it('in the middle of an answer while the caller is away too is bridged when they come back, under an epoch of its own', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await shared.emulator.fault(midAnswer);
    caller.send({ type: 'text.input', text: 'Tell me a story' });
    await caller.next('audio.chunk');
    const { epoch } = await shared.pinOf(caller);
    await caller.leave();
    await expect.poll(async () => (await shared.emulator.state()).sessions.live).toBe(0);
    await using back = TestCaller.resume(shared.bed.wsUrl, caller);
    await back.next('response.end');
    expect(back.lastTranscript).toContain('a door without a house.');
    // Two stretches of evidence under one epoch would contradict each other.
    expect((await shared.pinOf(caller)).epoch).toBeGreaterThan(epoch);
    await back.asks('Do you hear me?');
    expect(back.ofType('error')).toEqual([]);
  });

  it.each([
    ['for a moment', false],
    ['for longer than a drain takes', true],
  ])('while Redis is away too, %s, costs no turn its answer', async (_, isLong) => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    const answered = async () => {
      const responses = await shared.emulator.responses();
      return responses.filter(({ text }) => text === 'Yes, I hear you.').length;
    };
    const answeredBefore = await answered();
    await caller.asks('Do you hear me?');
    await shared.bed.redis.stop();
    // In no journal yet.
    await caller.asks('Do you still hear me?');
    await shared.emulator.fault({ kind: 'close', code: 1006, on: 'response.output_audio.delta', times: 1 });
    caller.send({ type: 'text.input', text: 'What is your name?' });
    await expect.poll(async () => (await shared.emulator.state()).sessions.live).toBe(0);
    if (isLong) await shared.logged(/a call is left without its newest journal/);
    await shared.bed.redis.start();
    await caller.next('session.moved');
    await caller.until(
      'the answer',
      (message): message is MessageOf<'transcript'> =>
        message.type === 'transcript' && message.isFinal && message.text.includes('Ada.'),
    );
    await caller.next('response.end');
    // A turn that was written down is not answered again.
    if (!isLong) expect(await answered()).toBe(answeredBefore + 2);
    expectUnbroken(caller);
  });

  it('and refused for a while is had again when the service takes calls again', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks('Do you hear me?');
    await shared.emulator.fault({ kind: 'handshake', status: 429, times: 2 });
    await shared.emulator.fault({ kind: 'close', code: 1011, on: 'response.created', times: 1 });
    await caller.asks('Do you still hear me?');
    expect(caller.lastTranscript).toContain('Yes, I hear you.');
    expectUnbroken(caller);
  });
});

describe('a connection that grows old', () => {
  const shared = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, PROVIDER_RENEW_MS: '1500' },
    script: { ...script, speedUp: 20 },
    neverLogged,
  });
  beforeAll(() => linesReady(shared.bed));

  it('is replaced when nobody speaks, and what was said is remembered', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks('Do you hear me?');
    const before = (await shared.emulator.state()).sessions.total;
    await expect
      .poll(async () => (await shared.emulator.state()).sessions.total, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(before + 2);
    expect((await shared.emulator.state()).sessions.live).toBeLessThanOrEqual(2);
    await caller.asks('Do you hear me?');
    expect(caller.lastTranscript).toBe('Yes, I hear you.');
    expect(caller.ofType('session.moved')).toEqual([]);
    expectUnbroken(caller);
  });

  it('is replaced again though the one before had just noticed speech', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl, { voiceMode: 'open-mic' });
    const { total } = (await shared.emulator.state()).sessions;
    // The beginning of speech is told while the next connection is made, and its end never.
    await shared.emulator.fault({ kind: 'delay', ms: 4000 });
    caller.sendAudio(tone(200));
    await caller.next('speech.started');
    await shared.emulator.noFaults();
    await expect
      .poll(async () => (await shared.emulator.state()).sessions.total, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(total + 2);
    expectUnbroken(caller);
  });
});

describe('a call that may last no longer', () => {
  const shared = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, MAX_SESSION_DURATION_MINUTES: '0.05', MAX_SESSIONS_PER_WORKER: '1' },
    script,
    neverLogged,
  });
  beforeAll(() => linesReady(shared.bed));
  const limitMs = 3000;

  it('ends with a spoken goodbye', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    expect(await caller.next('error')).toMatchObject({ code: 'CALL_TOO_LONG', retryable: false });
    expect(caller.lastTranscript).toBe('Goodbye.');
    expect(caller.laneMs('fallback')).toBeGreaterThan(200);
    await expect.poll(() => caller.isOpen).toBe(false);
  });

  it('has all of that from when it got its place on, and no more of it after the death of its worker', async () => {
    await using first = await TestCaller.started(shared.bed.wsUrl);
    await using second = await TestCaller.connect(shared.bed.wsUrl);
    second.send({ type: 'session.start' });
    await second.next('session.waiting');
    await first.next('error');
    // It has waited as long as a call may last.
    const ready = await second.next('provider.ready');
    const [worker] = (await shared.bed.registry()).workers;
    process.kill(worker!.pid, 'SIGKILL');
    await second.next('session.moved');
    const end = await second.next('error');
    expect(end).toMatchObject({ code: 'CALL_TOO_LONG' });
    expect(end.timestamp - ready.timestamp).toBeGreaterThan(limitMs / 2);
  });
});
