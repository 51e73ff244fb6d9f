import { setTimeout as sleep } from 'node:timers/promises';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import type { ScriptPatch } from './emulator-control.ts';
import { isGone } from './scratch.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { numberedWord } from './sounds.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

const story =
  'Once there was a platypus who lived beside a slow green river. One morning she found a small brass key in the mud. She carried it past the old mill and over the hill. At the end of the valley stood a door without a house. Behind it she heard somebody laughing very softly.';

const found =
  'It is said that the platypus kept the brass key. She hung it over her door, and nobody has asked for it since.';

const script: ScriptPatch = {
  answers: [
    { when: 'looked up', afterTool: true, say: found },
    { when: 'story', say: story },
    { say: 'Yes, I hear you.' },
  ],
  toolCalls: [{ when: 'looked up', name: 'search_knowledge', arguments: { query: 'a story' } }],
  speedUp: 20,
  transcriptLeadMs: { min: 200, max: 600 },
  firstAudioMs: 100,
};

const shared = sharedTestbed({
  gateways: 2,
  workers: 3,
  env: { WARM_POOL_MAX: '8', WARM_POOL_MIN: '2' },
  script,
  neverLogged: ['platypus', 'brass key'],
});

const keys = keysOf('test');
const started = () => TestCaller.started(shared.bed.wsUrl);

async function kill(worker: string | undefined, signal: NodeJS.Signals = 'SIGKILL'): Promise<number> {
  const { workers } = await shared.bed.registry();
  const { pid } = workers.find(({ id }) => id === worker)!;
  process.kill(pid, signal);
  return pid;
}

/** Three workers that live: what a test has killed was replaced. */
const allUp = () =>
  waitFor('all workers', async () => {
    const { workers } = await shared.bed.registry();
    return workers.filter(({ state, pid }) => state === 'up' && !isGone(pid)).length === 3 || undefined;
  });

/** Says numbers as a microphone would, one each 100 ms. */
async function count(caller: TestCaller, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    caller.sendAudio(numberedWord(number));
    await sleep(100);
  }
}

const counted = (from: number, to: number) =>
  `${Array.from({ length: to - from + 1 }, (_, i) => from + i).join(' ')}.`;

function expectUnbroken(caller: TestCaller): void {
  expect(caller.isOpen).toBe(true);
  expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
  expect(caller.ofType('session.ready')).toHaveLength(1);
}

describe('a caller whose worker is killed', () => {
  it('while silent notices nothing, and is remembered', async () => {
    await using caller = await started();
    await caller.asks('My name is Ada');
    await kill(caller.worker);
    const moved = await caller.next('session.moved');
    expect(moved).toMatchObject({ cause: 'worker_lost' });
    expect(moved.gapMs).toBeLessThan(10_000);
    await caller.asks('Do you hear me?');
    expect(caller.lastTranscript).toBe('Yes, I hear you.');
    expect(caller.ofType('error')).toEqual([]);
    expectUnbroken(caller);
    await allUp();
  });

  it('while speaking is heard whole', async () => {
    await using caller = await started();
    const speaking = count(caller, 1, 20);
    await sleep(1000);
    await kill(caller.worker);
    await speaking;
    caller.send({ type: 'audio.commit' });
    const heard = await caller.next('user_transcript');
    const final = heard.isFinal
      ? heard
      : await caller.until(
          'the last words',
          (m): m is typeof heard => m.type === 'user_transcript' && m.isFinal,
        );
    expect(final.text).toBe(counted(1, 20));
    await caller.next('response.end');
    expect(caller.lastTranscript).toBe('Yes, I hear you.');
    expect(caller.ofType('session.moved')).toHaveLength(1);
    expectUnbroken(caller);
    await allUp();
  });

  it('right after the end of a turn gets its answer, once', async () => {
    await using caller = await started();
    await count(caller, 1, 5);
    caller.send({ type: 'audio.commit' });
    await kill(caller.worker);
    await caller.next('session.moved');
    await caller.next('response.end');
    const finals = caller.ofType('user_transcript').filter(({ isFinal }) => isFinal);
    expect(finals.map(({ text }) => text)).toEqual([counted(1, 5)]);
    expect(caller.ofType('response.end')).toHaveLength(1);
    expectUnbroken(caller);
    await allUp();
  });

  it('in the middle of an answer hears the rest of it, after a short bridge', async () => {
    await linesReady(shared.bed);
    await using caller = await started();
    caller.send({ type: 'text.input', text: 'Tell me the story' });
    await caller.next('audio.chunk');
    await sleep(4000);
    await kill(caller.worker);
    await caller.next('session.moved');
    await caller.next('response.end');
    const last = caller.ofType('transcript').at(-1)!;
    expect(last.isFinal).toBe(true);
    expect(last.text).toBe(story);
    expect(caller.ofType('response.start')).toHaveLength(1);
    // Players throw away what they hold when the speaker changes hands: it did not.
    await expect
      .poll(() => caller.ownerChanges, { timeout: 15_000 })
      .toEqual(['none→B b_first_audio_ready', 'B→none response_done']);
    // What was asked of the service last was not the whole story again.
    const { text } = await shared.emulator.lastResponse();
    expect(story.endsWith(text)).toBe(true);
    expect(text.length).toBeLessThan(story.length * 0.85);
    expect(text.length).toBeGreaterThan(story.length * 0.3);
    expectUnbroken(caller);
    await allUp();
  });

  it('in the middle of an answer hears the rest of it, though the service looks something up once more', async () => {
    await linesReady(shared.bed);
    // Slow, so that not all words are there when the worker dies.
    await shared.emulator.script({ ...script, speedUp: 1.2 });
    try {
      await using caller = await started();
      caller.send({ type: 'text.input', text: 'Tell me the story you looked up' });
      await caller.next('audio.chunk');
      await sleep(2500);
      await kill(caller.worker);
      await caller.next('session.moved');
      await caller.next('response.end');
      expect(caller.ofType('tool.call')).toHaveLength(2);
      expect(caller.lastTranscript).toBe(found);
      const { text } = await shared.emulator.lastResponse();
      expect(found.endsWith(text)).toBe(true);
      expect(text.length).toBeLessThan(found.length);
      expectUnbroken(caller);
    } finally {
      await shared.emulator.script(script);
    }
    await allUp();
  });

  it('twice in one answer hears all of it, and is told so once', async () => {
    await linesReady(shared.bed);
    await using caller = await started();
    caller.send({ type: 'text.input', text: 'Tell me the story' });
    await caller.next('audio.chunk');
    for (const _ of [1, 2]) {
      await sleep(3000);
      const { owner } = await shared.pinOf(caller);
      await kill(owner);
      await caller.next('session.moved');
    }
    await caller.next('response.end');
    expect(caller.lastTranscript).toBe(story);
    expect(caller.ofType('response.start')).toHaveLength(1);
    expect(caller.ofType('response.end')).toHaveLength(1);
    expectUnbroken(caller);
    await allUp();
  });

  it('before anything of the call was written begins it all the same', async () => {
    await using caller = await TestCaller.connect(shared.bed.wsUrl);
    await kill(caller.worker);
    caller.send({ type: 'session.start' });
    await caller.next('provider.ready');
    await caller.asks('Do you hear me?');
    expectUnbroken(caller);
    await allUp();
  });

  it('twice, the second time while the call is being taken over, goes on', async () => {
    await using caller = await started();
    await caller.asks('My name is Ada');
    const speaking = count(caller, 1, 30);
    await kill(caller.worker);
    await caller.next('session.moved');
    const pin = await shared.pinOf(caller);
    await kill(pin.owner);
    await caller.next('session.moved');
    await speaking;
    caller.send({ type: 'audio.commit' });
    // The end of the answer before may be told again: its worker died before that was written down.
    await caller.next('response.start');
    await caller.next('response.end');
    expect(caller.ofType('user_transcript').at(-1)?.text).toBe(counted(1, 30));
    expectUnbroken(caller);
    await allUp();
  });
});

describe('a worker that is stopped and comes back', () => {
  it('is given up, its callers go on elsewhere, and it lets go of what is not its own any more', async () => {
    await using caller = await started();
    await caller.asks('My name is Ada');
    const before = await shared.pinOf(caller);
    const pid = await kill(caller.worker, 'SIGSTOP');
    try {
      const moved = await caller.next('session.moved');
      expect(moved.gapMs).toBeGreaterThan(1500);
      await caller.asks('Do you hear me?');
      // The first answer had been sent whole: no other worker went on with it.
      expect(caller.ofType('lane.state_changed').filter(({ to }) => to === 'B_RESPONDING')).toHaveLength(2);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const after = await shared.pinOf(caller);
    expect(after.owner).not.toBe(before.owner);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    await shared.logged(/a session belongs to another worker; letting it go/);
    await caller.asks('Do you hear me?');
    expect(await shared.pinOf(caller)).toEqual(after);
    expectUnbroken(caller);
    await allUp();
  });

  it('is given up no later when it had registered anew, and is known by an id its gateway has no link to', async () => {
    const redis = openRedis(shared.bed.redisUrl);
    const gaps: number[] = [];
    try {
      for (const isAnew of [false, true]) {
        await using caller = await started();
        await caller.asks('My name is Ada');
        const before = await shared.pinOf(caller);
        const { workers } = await shared.bed.registry();
        const { pid } = workers.find(({ id }) => id === before.owner)!;
        if (isAnew) {
          await redis.zrem(keys.workers, before.owner);
          await waitFor('the call under the new id', async () =>
            (await shared.pinOf(caller)).owner === before.owner ? undefined : true,
          );
        }
        process.kill(pid, 'SIGSTOP');
        try {
          gaps.push((await caller.next('session.moved')).gapMs);
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        await caller.asks('Do you hear me?');
        expectUnbroken(caller);
        await allUp();
      }
    } finally {
      redis.disconnect();
    }
    const [known, anew] = gaps;
    // Which of the pings of 900 ms each was the last to be answered is a matter of chance.
    expect(anew).toBeLessThan(known! + 1500);
  });
});
