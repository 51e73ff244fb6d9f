import { durationMs } from '@vjj/shared/audio.ts';
import type { ServerMessage } from '@vjj/shared/protocol/messages.ts';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { silence, tone } from './sounds.ts';
import { TestCaller } from './test-caller.ts';

const answer = 'The rhinoceros sleeps.';
const shared = sharedTestbed({
  gateways: 2,
  workers: 1,
  recorders: 1,
  // Short answers leave at once.
  env: { OUTPUT_LEAD_MS: '2000' },
  script: {
    heard: ['Where does the rhinoceros sleep?'],
    answers: [{ when: 'story', answerMs: 12_000 }, { say: answer }],
    speedUp: 20,
  },
  neverLogged: ['rhinoceros', 'story of the platypus'],
});
const longQuestion = 'Tell me the story of the platypus';

const connect = () => TestCaller.connect(`${shared.bed.wsUrl}/ws`);
const started = (start: Parameters<typeof TestCaller.started>[1] = {}) =>
  TestCaller.started(`${shared.bed.wsUrl}/ws`, start);

function stateChanges(caller: TestCaller): string[] {
  return caller.ofType('lane.state_changed').map(({ from, to }) => `${from}→${to}`);
}

/** Asks for a long answer and resolves when at least `ms` of its audio have come. */
async function midAnswer(caller: TestCaller, ms: number): Promise<void> {
  caller.send({ type: 'text.input', text: longQuestion });
  await caller.next('response.start');
  await caller.until('enough audio', (message): message is ServerMessage => {
    return message.type === 'audio.chunk' && caller.heardMs >= ms;
  });
}

describe('a call begins', () => {
  it('is greeted with session.ready before anything else, at / and at /ws, with a session id of its own', async () => {
    await using one = await TestCaller.connect(shared.bed.wsUrl);
    await using two = await connect();
    const greetings = [one, two].map(({ messages }) => messages[0]!);
    for (const greeting of greetings) {
      expect(greeting).toMatchObject({ type: 'session.ready', seq: 1, protocol: 2 });
      expect(greeting).toHaveProperty(
        'sessionId',
        expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      );
    }
    expect(new Set(greetings.map((greeting) => 'sessionId' in greeting && greeting.sessionId)).size).toBe(2);
  });

  it('session.start is answered by provider.ready, and repeating it connects nothing twice', async () => {
    const { total } = (await shared.emulator.state()).sessions;
    await using caller = await connect();
    caller.send({ type: 'session.start', voiceMode: 'push-to-talk' });
    caller.send({ type: 'session.start' });
    expect(await caller.next('provider.ready')).toMatchObject({
      isReturningUser: false,
      previousSessionCount: 0,
      voiceMode: 'push-to-talk',
    });
    caller.send({ type: 'session.start' });
    await caller.next('provider.ready');
    expect((await shared.emulator.state()).sessions.total).toBe(total + 1);
    expect(stateChanges(caller)).toEqual(['IDLE→LISTENING']);
  });

  it('session.end closes with 1000', async () => {
    const caller = await started();
    caller.send({ type: 'session.end' });
    expect(await caller.closed).toMatchObject({ code: 1000 });
  });

  it('a client of the earlier server, with fields nobody knows, is served as ever', async () => {
    await using caller = await connect();
    caller.sendRaw(
      JSON.stringify({
        type: 'session.start',
        fingerprint: 'abc',
        userAgent: 'old',
        timestamp: 1,
        extra: {},
      }),
    );
    await caller.next('provider.ready');
    const data = tone(200).toString('base64');
    caller.sendRaw(
      JSON.stringify({ sequence: 7, type: 'audio.chunk', data, format: 'pcm', sampleRate: 24000 }),
    );
    caller.sendRaw(JSON.stringify({ type: 'audio.commit', reason: 'button' }));
    await caller.next('response.start');
    await caller.next('response.end');
    expect(caller.ofType('error')).toEqual([]);
  });
});

describe('a turn', () => {
  it('by push-to-talk is transcribed and answered with audio and its words, each change announced', async () => {
    const before = Date.now();
    await using caller = await started();
    caller.speak();
    await caller.next('response.start');
    const chunk = await caller.next('audio.chunk');
    expect(chunk).toMatchObject({ format: 'pcm', sampleRate: 24000, lane: 'B' });
    await caller.next('response.end');

    // The transcription comes in its own time, before the answer or after it.
    await expect
      .poll(() => caller.ofType('user_transcript').at(-1))
      .toMatchObject({ text: 'Where does the rhinoceros sleep?', isFinal: true });
    const heard = caller.ofType('user_transcript');
    expect(heard[0]!.isFinal).toBe(false);
    expect(heard.at(-1)!.text.startsWith(heard[0]!.text)).toBe(true);
    const said = caller.ofType('transcript');
    expect(said.at(-1)).toMatchObject({ text: answer, isFinal: true });
    expect(said[0]!.isFinal).toBe(false);
    expect(said.every(({ text }) => answer.startsWith(text))).toBe(true);
    for (const { confidence } of [...heard, ...said]) expect(confidence).toBeGreaterThan(0);

    // All has been sent; the speaker is free when it can have been heard.
    await expect.poll(() => stateChanges(caller).at(-1), { timeout: 10_000 }).toBe('B_PLAYING→LISTENING');
    expect(stateChanges(caller)).toEqual([
      'IDLE→LISTENING',
      'LISTENING→B_RESPONDING',
      'B_RESPONDING→B_PLAYING',
      'B_PLAYING→LISTENING',
    ]);
    // Told right behind the state, and may arrive by itself.
    await expect
      .poll(() => caller.ownerChanges)
      .toEqual(['none→B b_first_audio_ready', 'B→none response_done']);
    expect(caller.heardMs).toBeCloseTo((await shared.emulator.lastResponse()).totalAudioMs, 0);

    expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
    for (const { timestamp } of caller.messages) {
      expect(timestamp).toBeGreaterThanOrEqual(before);
      expect(timestamp).toBeLessThanOrEqual(Date.now());
    }
  });

  it('waits 50 ms between the last audio and its commit, so that the service has taken it in', async () => {
    await using caller = await started();
    const sentAt = Date.now();
    caller.speak();
    await caller.next('response.start');
    expect((await shared.emulator.lastResponse()).createdAt - sentAt).toBeGreaterThanOrEqual(50);
  });

  it('of less than 100 ms is skipped, and so is one of silence', async () => {
    await using caller = await started();
    caller.speak(90);
    expect(await caller.next('commit.skipped')).toMatchObject({ reason: 'buffer_too_small' });
    caller.sendAudio(silence(500));
    caller.send({ type: 'audio.commit' });
    await caller.next('commit.skipped');
    expect(caller.ofType('response.start')).toEqual([]);
  });

  it('by text.input is answered in speech and words', async () => {
    await using caller = await started();
    await caller.asks('Where does it sleep?');
    expect(caller.ofType('user_transcript').at(-1)).toMatchObject({
      text: 'Where does it sleep?',
      isFinal: true,
    });
    expect(caller.ofType('transcript').at(-1)).toMatchObject({ text: answer, isFinal: true });
    expect(caller.heardMs).toBeGreaterThan(0);
  });

  it('in open-mic mode begins and ends by itself', async () => {
    await using caller = await started();
    caller.send({ type: 'session.set_mode', voiceMode: 'open-mic' });
    expect(await caller.next('session.mode_changed')).toMatchObject({ voiceMode: 'open-mic' });
    caller.sendAudio(Buffer.concat([silence(200), tone(400), silence(1000)]));
    await caller.next('speech.started');
    await caller.next('speech.stopped');
    await caller.next('response.start');
    await caller.next('audio.chunk');
    await caller.next('response.end');
  });

  it('in open-mic mode is heard too when the mode was chosen before the service was connected', async () => {
    await shared.emulator.fault({ kind: 'delay', ms: 300 });
    await using caller = await connect();
    caller.send({ type: 'session.start' });
    caller.send({ type: 'session.set_mode', voiceMode: 'open-mic' });
    await caller.next('provider.ready');
    await shared.emulator.noFaults();
    caller.sendAudio(Buffer.concat([tone(400), silence(1000)]));
    await caller.next('speech.stopped');
    await caller.next('response.end');
  });

  it('in open-mic mode that a client commits is answered once', async () => {
    const before = (await shared.emulator.responses()).length;
    await using caller = await started({ voiceMode: 'open-mic' });
    caller.speak();
    await caller.next('response.end');
    expect(caller.ofType('response.start')).toHaveLength(1);
    expect(await shared.emulator.responses()).toHaveLength(before + 1);
  });
});

describe('an answer', () => {
  it.each(['audio.stop', 'audio.cancel'] as const)('falls silent at %s', async (type) => {
    await using caller = await started();
    await midAnswer(caller, 200);
    caller.send({ type });
    await caller.next(`${type}.ack`);
    const silentFrom = caller.ofType('audio.chunk').length;
    await caller.next('response.end');
    expect(caller.ownerChanges.at(-1)).toBe('B→none user_barge_in');

    caller.send({ type: 'text.input', text: 'And where does it sleep?' });
    const restart = await caller.next('response.start');
    const between = caller.ofType('audio.chunk').slice(silentFrom);
    expect(between.filter(({ seq }) => seq < restart.seq)).toEqual([]);
    await caller.next('response.end');
    expect((await shared.emulator.responses()).at(-2)).toMatchObject({ status: 'cancelled' });
  });

  it.each(['audio.stop', 'audio.cancel'] as const)('%s is acknowledged when there is none', async (type) => {
    await using caller = await started();
    caller.send({ type });
    await caller.next(`${type}.ack`);
    await caller.next('response.end');
  });

  it('that the caller talks over is cut to what was played, and the caller is heard at once', async () => {
    await using caller = await started();
    await midAnswer(caller, 1000);
    caller.send({ type: 'user.barge_in', playedMs: 640 });
    caller.speak();
    await caller.next('user.barge_in.ack');
    expect(caller.ownerChanges.at(-1)).toBe('B→none user_barge_in');
    await caller.next('response.start');
    await caller.next('response.end');
    expect(caller.ofType('commit.skipped')).toEqual([]);
    expect(caller.ofType('transcript').at(-1)).toMatchObject({ text: answer });
    expect((await shared.emulator.responses()).at(-2)!.truncations).toMatchObject([{ audioEndMs: 640 }]);
  });

  it('is cut to what can have been played when the caller does not say', async () => {
    await using caller = await started();
    await midAnswer(caller, 1000);
    caller.send({ type: 'user.barge_in' });
    await caller.next('user.barge_in.ack');
    const sentMs = caller.heardMs;
    const { truncations } = await waitFor('the cut', async () => {
      const last = await shared.emulator.lastResponse();
      return last.truncations.length > 0 ? last : undefined;
    });
    expect(truncations[0]!.audioEndMs).toBeGreaterThan(0);
    expect(truncations[0]!.audioEndMs).toBeLessThanOrEqual(sentMs);
  });

  it('of which all was sent is cut all the same when its end was not played', async () => {
    await using caller = await started();
    await caller.asks('Where does it sleep?');
    caller.send({ type: 'user.barge_in', playedMs: 100 });
    await caller.next('user.barge_in.ack');
    await expect
      .poll(async () => (await shared.emulator.lastResponse()).truncations)
      .toMatchObject([{ audioEndMs: 100 }]);
  });

  it('is no reason to be deaf when it is said of an answer that the caller spoke over', async () => {
    await using caller = await started();
    await midAnswer(caller, 200);
    caller.send({ type: 'user.barge_in' });
    caller.send({ type: 'playback.ended' });
    caller.speak();
    await caller.next('user.barge_in.ack');
    await caller.next('response.start');
    expect(caller.ofType('commit.skipped')).toEqual([]);
  });

  it('leaves the microphone deaf to its echo until 1,500 ms after playback.ended', async () => {
    await using caller = await started();
    await caller.asks('Where does it sleep?');
    const endedAt = performance.now();
    caller.send({ type: 'playback.ended' });
    caller.speak();
    await caller.next('commit.skipped');
    await waitFor(
      'the end of the cooldown',
      async () => {
        caller.speak();
        const reply = await caller.until(
          'reply',
          (message): message is ServerMessage =>
            message.type === 'commit.skipped' || message.type === 'response.start',
        );
        return reply.type === 'response.start' || undefined;
      },
      { everyMs: 100 },
    );
    expect(performance.now() - endedAt).toBeGreaterThanOrEqual(1500);
  });
});

describe('binary audio', () => {
  it('goes both ways, with an 8-byte header towards the client', async () => {
    await using caller = await started({ audio: 'binary' });
    for (let turn = 0; turn < 3; turn++) caller.sendRaw(new Uint8Array(tone(100)));
    caller.send({ type: 'audio.commit' });
    await caller.next('response.start');
    await caller.next('response.end');
    expect(caller.ofType('audio.chunk')).toEqual([]);
    expect(caller.binaryAudio[0]).toMatchObject({ lane: 'B', answer: 1 });
    const bytes = caller.binaryAudio.reduce((sum, { pcm }) => sum + pcm.length, 0);
    expect(durationMs(bytes)).toBeCloseTo((await shared.emulator.lastResponse()).totalAudioMs, 0);
    expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));

    caller.send({ type: 'user.barge_in' });
    await caller.asks('And again?');
    expect(caller.binaryAudio.at(-1)).toMatchObject({ lane: 'B', answer: 2 });
  });
});

describe('the operator', () => {
  it('sees workers and gateways in /status', async () => {
    await using _caller = await started();
    await expect
      .poll(() => shared.bed.status(), { timeout: 15_000 })
      .toMatchObject({
        status: 'ok',
        workers: [{ state: 'up', sessions: 1, provider: 'ok' }],
        gateways: [{ state: 'up' }, { state: 'up' }],
        recorders: expect.arrayContaining([expect.objectContaining({ state: 'up' })]),
        latency: { connect: { count: expect.any(Number) } },
        features: { ENABLE_LANE_A: false },
      });
  });

  it('scrapes the sum of all gateways, whichever of them answers', async () => {
    await using one = await connect();
    await using two = await connect();
    await using three = await connect();
    const connections = async () => {
      const text = await (await fetch(`${shared.bed.url}/metrics`)).text();
      return Number(/^vjj_gateway_connections (\d+)$/m.exec(text)?.[1]);
    };
    await expect.poll(connections, { timeout: 10_000 }).toBe(3);
    for (const caller of [one, two, three]) await caller[Symbol.asyncDispose]();
    await expect.poll(connections, { timeout: 10_000 }).toBe(0);
  });
});
