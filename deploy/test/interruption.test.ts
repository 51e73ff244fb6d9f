import { beforeAll, describe, expect, it } from 'vitest';
import { sharedTestbed } from './shared-testbed.ts';
import { silence, tone } from './sounds.ts';
import { testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady, workerMetric } from './worker-metrics.ts';

const answer = 'It is on the second shelf.';
const script = {
  heard: ['Where is it?'],
  answers: [
    { when: 'story', answerMs: 15_000 },
    { when: 'return', say: 'You can send everything back for free. Just bring it with you when you come.' },
    { say: answer },
  ],
  speedUp: 20,
  firstAudioMs: 20,
};
const neverLogged = ['second shelf', 'for free'];

/** Asks, and resolves when at least `ms` of the answer have come. */
async function midAnswer(caller: TestCaller, ms: number, question = 'Tell me a story'): Promise<void> {
  caller.send({ type: 'text.input', text: question });
  await caller.next('response.start');
  const before = caller.laneMs('B');
  await caller.until('enough audio', (message): message is typeof message => {
    return message.type === 'audio.chunk' && caller.laneMs('B') - before >= ms;
  });
}

describe('half-duplex', () => {
  const shared = sharedTestbed({
    workers: 1,
    // A floor above what the detector takes for speech: what is below must be silenced by us.
    env: { AGENTS_DIR: testAgents, MIN_AUDIO_RMS: '1500' },
    script,
    neverLogged,
  });
  beforeAll(() => linesReady(shared.bed));
  const started = (voiceMode: 'push-to-talk' | 'open-mic' = 'push-to-talk') =>
    TestCaller.started(shared.bed.wsUrl, { voiceMode });
  const guarded = async (reason: string) =>
    (await workerMetric(shared.bed, `vjj_audio_guarded_frames{reason="${reason}"}`)) ?? 0;

  it('an answer of which nothing was played is forgotten', async () => {
    await using caller = await started();
    const deleted = await shared.emulator.eventCount('conversation.item.deleted');
    await midAnswer(caller, 100);
    caller.send({ type: 'user.barge_in', playedMs: 0 });
    await caller.next('user.barge_in.ack');
    await expect.poll(() => shared.emulator.eventCount('conversation.item.deleted')).toBe(deleted + 1);
    expect((await shared.emulator.lastResponse()).truncations).toEqual([]);
  });

  it('an answer to which a disclaimer will be added is cut where the caller spoke', async () => {
    await using caller = await started();
    await midAnswer(caller, 700, 'Can I return it?');
    await expect.poll(async () => (await shared.emulator.lastResponse()).status).toBe('completed');
    caller.send({ type: 'user.barge_in', playedMs: 640 });
    await caller.next('user.barge_in.ack');
    await expect
      .poll(async () => (await shared.emulator.lastResponse()).truncations)
      .toMatchObject([{ audioEndMs: expect.closeTo(640, -2) }]);
  });

  it('an open microphone hears nothing of what the agent says, nor of its echo after that', async () => {
    await using caller = await started('open-mic');
    const before = await guarded('not_listening');
    await midAnswer(caller, 300, 'Where is it?');
    caller.sendAudio(Buffer.concat([tone(1000), silence(1000)]));
    await caller.next('response.end');
    await expect.poll(() => caller.ofType('lane.owner_changed').at(-1)?.to, { timeout: 10_000 }).toBe('none');
    const cooled = await guarded('cooldown');
    caller.send({ type: 'playback.ended' });
    caller.sendAudio(Buffer.concat([tone(500), silence(500)]));
    // The gauge is written once a second.
    await expect.poll(() => guarded('not_listening'), { timeout: 5000 }).toBe(before + 20);
    await expect.poll(() => guarded('cooldown'), { timeout: 5000 }).toBe(cooled + 10);
    expect(caller.ofType('speech.started')).toEqual([]);
    expect(caller.ofType('response.start')).toHaveLength(1);
  });

  it('a quick "yes" while the microphone is still closed is heard when the caller turns out to have meant it', async () => {
    await using caller = await started();
    await caller.asks('Where is it?');
    caller.send({ type: 'playback.ended' });
    caller.sendAudio(tone(300));
    caller.send({ type: 'user.barge_in' });
    await caller.next('user.barge_in.ack');
    caller.send({ type: 'audio.commit' });
    await caller.next('response.start');
    await caller.next('response.end');
    expect(caller.ofType('commit.skipped')).toEqual([]);
  });

  it('what is quieter than the floor is no utterance', async () => {
    await using caller = await started();
    const before = await guarded('too_quiet');
    caller.sendAudio(tone(500, 1500));
    caller.send({ type: 'audio.commit' });
    await caller.next('commit.skipped');
    await expect.poll(() => guarded('too_quiet'), { timeout: 5000 }).toBe(before + 5);
  });

  it('and silence to an open microphone, so that the end of what was said is heard', async () => {
    await using caller = await started('open-mic');
    caller.sendAudio(tone(400));
    await caller.next('speech.started');
    caller.sendAudio(tone(1500, 1500));
    await caller.next('speech.stopped');
    await caller.next('response.end');
    expect(caller.lastTranscript).toBe(answer);
  });

  it('an utterance ends even when its frames stop coming in the middle', async () => {
    await using caller = await started('open-mic');
    caller.sendAudio(tone(400));
    await caller.next('speech.stopped');
    await caller.next('response.end');
    expect(caller.lastTranscript).toBe(answer);
  });
});

describe('duplex', () => {
  const shared = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, ECHO_GUARD: 'duplex' },
    script,
    neverLogged,
  });
  const started = () => TestCaller.started(shared.bed.wsUrl, { voiceMode: 'open-mic' });

  it('whoever speaks over the answer stops it, and is answered', async () => {
    await using caller = await started();
    await midAnswer(caller, 1000);
    caller.sendAudio(tone(200));
    await caller.next('speech.started');
    caller.sendAudio(tone(700));
    await expect.poll(() => caller.ownerChanges.at(-1)).toBe('B→none user_barge_in');
    await caller.next('response.end');
    caller.sendAudio(silence(1000));
    await caller.next('response.start');
    await caller.next('response.end');
    expect(caller.lastTranscript).toBe(answer);
    const cut = (await shared.emulator.responses()).at(-2)!;
    expect(cut.truncations).toHaveLength(1);
    expect(cut.truncations[0]!.audioEndMs).toBeLessThan(cut.totalAudioMs);
  });

  it('"uh-huh" stops nothing, and is no turn', async () => {
    await using caller = await started();
    const deleted = await shared.emulator.eventCount('conversation.item.deleted');
    await midAnswer(caller, 300);
    caller.sendAudio(tone(200));
    await caller.next('speech.started');
    caller.sendAudio(Buffer.concat([tone(100), silence(1000)]));
    await caller.next('speech.stopped');
    await expect.poll(() => shared.emulator.eventCount('conversation.item.deleted')).toBe(deleted + 1);
    const heardMs = caller.laneMs('B');
    await expect.poll(() => caller.laneMs('B'), { timeout: 10_000 }).toBeGreaterThan(heardMs + 500);
    expect(caller.ownerChanges).toEqual(['none→B b_first_audio_ready']);
    expect(caller.ofType('response.start')).toHaveLength(1);
  });

  it('an answer over which somebody said "uh-huh" is still cut where they interrupt it', async () => {
    await using caller = await started();
    const deleted = await shared.emulator.eventCount('conversation.item.deleted');
    await midAnswer(caller, 300);
    const status = async () => (await shared.emulator.lastResponse()).status;
    await expect.poll(status, { timeout: 10_000 }).toBe('completed');
    caller.sendAudio(Buffer.concat([tone(200), silence(1000)]));
    await expect.poll(() => shared.emulator.eventCount('conversation.item.deleted')).toBe(deleted + 1);
    caller.send({ type: 'user.barge_in', playedMs: 640 });
    await caller.next('user.barge_in.ack');
    await expect
      .poll(async () => (await shared.emulator.lastResponse()).truncations)
      .toMatchObject([{ audioEndMs: expect.closeTo(640, -2) }]);
  });

  it('a short reply that begins in the last moments of an answer is answered', async () => {
    await using caller = await started();
    await caller.asks('Where is it?');
    // All of it has left, and the last of it is being heard.
    caller.sendAudio(tone(200));
    await caller.next('speech.started');
    expect(caller.ownerChanges.at(-1)).toMatch('none→B');
    await expect.poll(() => caller.ownerChanges.at(-1)).toMatch('B→none');
    caller.sendAudio(silence(1000));
    await caller.next('response.start');
    await caller.next('response.end');
  });

  it('nobody has to wait for an echo to pass', async () => {
    await using caller = await started();
    await caller.asks('Where is it?');
    await expect.poll(() => caller.ofType('lane.owner_changed').at(-1)?.to, { timeout: 10_000 }).toBe('none');
    caller.send({ type: 'playback.ended' });
    caller.sendAudio(Buffer.concat([tone(400), silence(1000)]));
    await caller.next('speech.started');
    await caller.next('response.start');
  });
});
