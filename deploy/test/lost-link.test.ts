import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessStatus } from '@vjj/shared/control/cluster-status.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { type SharedTestbed, sharedTestbed } from './shared-testbed.ts';
import { numberedWord } from './sounds.ts';
import { TestCaller } from './test-caller.ts';

const story = 'Once upon a time there was an owl who counted all the stars above the barn, one by one.';

const script = { answers: [{ when: 'story', say: story }, { say: 'Yes.' }], speedUp: 20 };

/** The gateway stands still until the worker has given up their links; both live, and there is no other worker. */
async function loseLinks(
  { bed }: SharedTestbed,
  count: number,
  until: (worker: ProcessStatus) => boolean,
): Promise<void> {
  const worker = (what: string, is: (worker: ProcessStatus) => boolean) =>
    waitFor(what, async () => is((await bed.registry()).workers[0]!) || undefined);
  await worker('the worker to tell of the links', ({ links, sessions }) => links === count && sessions > 0);
  const { gateways } = await bed.registry();
  const { pid } = gateways[0]!;
  process.kill(pid, 'SIGSTOP');
  try {
    await worker('the worker to give up the links', until);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

describe.each([
  { callersPerLink: 250, links: 1 },
  { callersPerLink: 1, links: 2 },
])('callers whose links broke, of which there were $links', ({ callersPerLink, links: count }) => {
  const env = { CALLERS_PER_LINK: String(callersPerLink) };
  const shared = sharedTestbed({ gateways: 1, workers: 1, script, env });

  it('go on with their worker, which lives, and notice nothing but the pause', async () => {
    await using silent = await TestCaller.started(shared.bed.wsUrl);
    await using listening = await TestCaller.started(shared.bed.wsUrl);
    await using speaking = await TestCaller.started(shared.bed.wsUrl);
    await silent.asks('Are you there?');
    listening.send({ type: 'text.input', text: 'Tell me a story' });
    await listening.next('transcript');
    speaking.sendAudio(numberedWord(1));
    await sleep(100);
    await loseLinks(shared, count, ({ links }) => links === 0);
    speaking.sendAudio(numberedWord(2));
    speaking.sendAudio(numberedWord(3));
    speaking.send({ type: 'audio.commit' });

    await speaking.next('response.end');
    expect(speaking.ofType('user_transcript').at(-1)?.text).toBe('1 2 3.');
    await listening.next('response.end');
    expect(listening.lastTranscript).toBe(story);
    await silent.asks('Still there?');
    expect(silent.lastTranscript).toBe('Yes.');
    for (const caller of [silent, listening, speaking]) {
      expect(caller.isOpen).toBe(true);
      expect(caller.ofType('error')).toEqual([]);
      expect(caller.ofType('session.moved')).toEqual([]);
      expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
    }
  });
});

describe('a caller of the only worker, which has registered anew and then stands still', () => {
  const shared = sharedTestbed({ gateways: 1, workers: 1, script });

  it('goes on with it when it goes on', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks('Are you there?');
    const { owner } = await shared.pinOf(caller);
    const redis = openRedis(shared.bed.redisUrl);
    await redis.zrem(keysOf('test').workers, owner).finally(() => redis.disconnect());
    const pin = await waitFor('the call under the new id', async () => {
      const now = await shared.pinOf(caller);
      return now.owner === owner ? undefined : now;
    });
    const { pid } = (await shared.bed.registry()).workers.find(({ id }) => id === pin.owner)!;
    process.kill(pid, 'SIGSTOP');
    try {
      await shared.logged(/pings went unanswered/);
      // It is looked for in vain, under the new id too.
      await sleep(1500);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await caller.asks('Still there?');
    expect(caller.lastTranscript).toBe('Yes.');
    expect(caller.ofType('error')).toEqual([]);
    expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
  });
});

describe('a caller whose link broke for longer than the worker waits for anybody', () => {
  const shared = sharedTestbed({ gateways: 1, workers: 1, script, env: { RESUME_GRACE_MS: '1000' } });

  it('is told that the call is over, which is not begun again', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks('Are you there?');
    await loseLinks(shared, 1, ({ links, sessions }) => links === 0 && sessions === 0);
    const { code } = await caller.next('error');
    expect(['SESSION_GONE', 'WORKER_LOST']).toContain(code);
    await caller.closed;
    expect(caller.ofType('session.moved')).toEqual([]);
    await using another = await TestCaller.started(shared.bed.wsUrl);
    await another.asks('And you?');
    expect(another.lastTranscript).toBe('Yes.');
  });
});
