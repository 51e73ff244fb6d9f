import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { numberedWord } from './sounds.ts';
import { TestCaller } from './test-caller.ts';

const story = 'Once upon a time there was an owl who counted all the stars above the barn, one by one.';

const shared = sharedTestbed({
  gateways: 1,
  workers: 1,
  script: { answers: [{ when: 'story', say: story }, { say: 'Yes.' }], speedUp: 20 },
});

/** The gateway stands still until the worker has given up their link; both live, and there is no other worker. */
async function loseLink(): Promise<void> {
  const { gateways } = await shared.bed.registry();
  const { pid } = gateways[0]!;
  process.kill(pid, 'SIGSTOP');
  try {
    await waitFor('the worker to give up the link', async () => {
      const { workers } = await shared.bed.registry();
      return workers[0]!.links === 0 || undefined;
    });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

it('callers whose link broke go on with their worker, which lives, and notice nothing but the pause', async () => {
  await using silent = await TestCaller.started(shared.bed.wsUrl);
  await using listening = await TestCaller.started(shared.bed.wsUrl);
  await using speaking = await TestCaller.started(shared.bed.wsUrl);
  await silent.asks('Are you there?');
  listening.send({ type: 'text.input', text: 'Tell me a story' });
  await listening.next('transcript');
  speaking.sendAudio(numberedWord(1));
  await sleep(100);
  await loseLink();
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
