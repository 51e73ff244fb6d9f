import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedTestbed } from './shared-testbed.ts';
import { lines, testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

/** Harmless to us; the emulated service looks for two of its words. */
const flaggedWords = 'When do you shut up the shop?';
const flaggedAnswer = 'We shut up the shop at nine.';
const answer = 'At nine.';
const path = '/v1/moderations';

describe.each(['fast', 'strict'])('with the service as second judge and POLICY_INPUT=%s', (input) => {
  const shared = sharedTestbed({
    workers: 1,
    env: {
      AGENTS_DIR: testAgents,
      ENABLE_PROVIDER_MODERATION: 'true',
      POLICY_INPUT: input,
      POLICY_HOLD: input === 'strict' ? 'sentence' : 'pace',
    },
    script: {
      answers: [{ when: 'open', say: flaggedAnswer }, { when: 'shut', say: answer }, { say: 'Certainly.' }],
      speedUp: 10,
    },
    neverLogged: ['shut up', 'Certainly'],
  });
  beforeAll(() => linesReady(shared.bed));
  beforeEach(() => shared.emulator.noFaults());

  it('words of the caller that it flags are refused', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    caller.send({ type: 'text.input', text: flaggedWords });
    expect(await caller.next('policy.decision')).toMatchObject({
      decision: 'cancel_output',
      reasonCodes: ['MODERATION:HARASSMENT'],
    });
    await expect.poll(() => caller.ofType('transcript').at(-1)?.text, { timeout: 20_000 }).toBe(lines.refuse);
  });

  it('an answer that it flags is stopped', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks('When are you open?');
    expect(caller.lastTranscript).toBe(lines.refuse);
    if (input === 'strict') expect(caller.laneMs('B')).toBe(0);
  });

  it('what it does not flag is answered', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks('Are you there?');
    expect(caller.lastTranscript).toBe('Certainly.');
    expect(caller.ofType('policy.decision')).toEqual([]);
  });

  it.each([
    ['fails', { status: 500 }],
    ['hangs', { hang: true }],
  ])('nobody waits for it when it %s', async (_what, fault) => {
    await shared.emulator.fault({ kind: 'http', path, ...fault });
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks(flaggedWords);
    expect(caller.lastTranscript).toBe(answer);
  });
});
