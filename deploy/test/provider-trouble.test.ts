import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SharedTestbed, sharedTestbed } from './shared-testbed.ts';
import { lines, testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

const answer = 'It is on the second shelf, on the left.';
const script = {
  answers: [{ when: 'story', answerMs: 12_000 }, { say: answer }],
  speedUp: 20,
  firstAudioMs: 0,
};

const started = (shared: SharedTestbed) => TestCaller.started(shared.bed.wsUrl);

/** All of the answer was heard, nothing of it twice, and its words are right. */
async function hearsAll(shared: SharedTestbed, caller: TestCaller): Promise<void> {
  await caller.asks('Where is it?');
  expect(caller.laneMs('B')).toBeCloseTo((await shared.emulator.lastResponse()).totalAudioMs, 0);
  expect(caller.ofType('transcript').at(-1)).toMatchObject({ text: answer, isFinal: true });
  expect(caller.ofType('transcript').every(({ text }) => answer.startsWith(text))).toBe(true);
  expect(caller.ofType('response.end')).toHaveLength(1);
}

describe.each(['pace', 'sentence'])('with POLICY_HOLD=%s', (hold) => {
  const shared = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, POLICY_HOLD: hold, OUTPUT_LEAD_MS: '3000' },
    script,
    neverLogged: ['second shelf'],
  });
  beforeAll(() => linesReady(shared.bed));
  afterEach(() => shared.emulator.noFaults());

  it('events in any order that is allowed are one answer', async () => {
    await shared.emulator.fault({ kind: 'reorder' });
    await using caller = await started(shared);
    await hearsAll(shared, caller);
  });

  it.each([
    'response.output_audio.delta',
    'response.output_audio_transcript.delta',
    'response.output_audio_transcript.done',
    'response.created',
    'response.done',
  ])('%s that comes twice counts once', async (type) => {
    await shared.emulator.fault({ kind: 'duplicate', type });
    await using caller = await started(shared);
    await hearsAll(shared, caller);
  });

  it('a service that halts in the middle of an answer goes on with it', async () => {
    await shared.emulator.fault({ kind: 'stall', ms: 1000, times: 1 });
    await using caller = await started(shared);
    await hearsAll(shared, caller);
  });

  it('what still comes of a cancelled answer is not heard', async () => {
    await shared.emulator.fault({ kind: 'delay', ms: 300 });
    await using caller = await started(shared);
    caller.send({ type: 'text.input', text: 'Tell me a story' });
    await caller.next('audio.chunk');
    caller.send({ type: 'audio.cancel' });
    await caller.next('audio.cancel.ack');
    const heard = caller.ofType('audio.chunk').length;
    await expect.poll(async () => (await shared.emulator.lastResponse()).status).toBe('cancelled');
    await shared.emulator.noFaults();
    caller.send({ type: 'text.input', text: 'Where is it?' });
    const { seq } = await caller.next('response.start');
    expect(caller.ofType('audio.chunk').filter((chunk) => chunk.seq < seq)).toHaveLength(heard);
    await caller.next('response.end');
  });

  it('an answer without words is heard only where words need not be judged first', async () => {
    await shared.emulator.fault({ kind: 'drop', type: 'response.output_audio_transcript.delta' });
    await shared.emulator.fault({ kind: 'drop', type: 'response.output_audio_transcript.done' });
    await using caller = await started(shared);
    await caller.asks('Where is it?');
    if (hold === 'pace') {
      expect(caller.laneMs('B')).toBeCloseTo((await shared.emulator.lastResponse()).totalAudioMs, 0);
      return;
    }
    expect(caller.laneMs('B')).toBe(0);
    expect(caller.laneMs('fallback')).toBeGreaterThan(300);
    expect(caller.lastTranscript).toBe(lines.clarify);
    expect(caller.ofType('policy.decision')).toMatchObject([{ reasonCodes: ['OUTPUT:UNCLEAR'] }]);
  });
});
