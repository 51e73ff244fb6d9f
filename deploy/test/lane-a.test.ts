import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEmulator } from '../src/test-emulator.ts';
import { waitFor } from '../src/wait-for.ts';
import { EmulatorControl } from './emulator-control.ts';
import { type SharedTestbed, sharedTestbed } from './shared-testbed.ts';
import { folderOfFile, lines, ownAgents, testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

const script = { answers: [{ say: 'Yes.' }], speedUp: 50, firstAudioMs: 800 };
/** Most that an acknowledgement lasts, ms. */
const longestMs = 2000;

/** A service that refuses lines from before the cluster starts. */
const refusing = await startTestEmulator();
afterAll(() => refusing[Symbol.asyncDispose]());
await refusing.fault({ kind: 'http', path: '/v1/audio/speech', status: 401 });
await new EmulatorControl(refusing.baseUrl.replace('/v1', '')).script(script);

const started = (shared: SharedTestbed, agent = 'default') => TestCaller.started(shared.bed.wsUrl, { agent });

/** The last answer has been played to its end; a turn before that would interrupt it. */
const playedToTheEnd = (caller: TestCaller) =>
  expect.poll(() => caller.ofType('lane.owner_changed').at(-1)?.to, { timeout: 10_000 }).toBe('none');

/** What `/status` says of lane A. */
async function laneA(shared: SharedTestbed): Promise<string> {
  const { workers } = await shared.bed.status();
  return workers[0]!.laneA;
}

describe('the reflex', () => {
  const shared = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, ENABLE_LANE_A: 'true' },
    script,
  });
  beforeAll(() => linesReady(shared.bed));

  it('is heard while the answer takes its time, each time another one, and ends when that begins', async () => {
    await using caller = await started(shared);
    const reflexes: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const changes = caller.ownerChanges.length;
      const from = caller.ofType('audio.chunk').length;
      await caller.asks('Are you there?');
      await playedToTheEnd(caller);
      // One that is short may be over before the answer begins.
      const [first, ...rest] = caller.ownerChanges.slice(changes);
      expect(first).toBe('none→A user_speech_ended');
      expect([
        ['A→B b_first_audio_ready', 'B→none response_done'],
        ['A→none response_done', 'none→B b_first_audio_ready', 'B→none response_done'],
      ]).toContainEqual(rest);
      const chunks = caller.ofType('audio.chunk').slice(from);
      const lanes = chunks.map(({ lane }) => lane);
      expect(lanes.indexOf('A')).toBe(0);
      expect(lanes.lastIndexOf('A')).toBeLessThan(lanes.indexOf('B'));
      reflexes.push(
        chunks
          .filter(({ lane }) => lane === 'A')
          .map(({ data }) => data)
          .join(''),
      );
    }
    for (const [turn, reflex] of reflexes.entries()) {
      expect(reflex.slice(0, 10_000)).not.toBe(reflexes[turn + 1]?.slice(0, 10_000));
    }
    expect(caller.laneMs('A')).toBeLessThanOrEqual(reflexes.length * longestMs);
  });
});

describe('with a longer REFLEX_DELAY_MS', () => {
  const shared = sharedTestbed({
    workers: 1,
    // Long, for a machine that is busy with other things is not to be taken for a slow answer.
    env: { AGENTS_DIR: testAgents, ENABLE_LANE_A: 'true', REFLEX_DELAY_MS: '3000' },
    script: { ...script, firstAudioMs: 0 },
  });
  beforeAll(() => linesReady(shared.bed));

  it('a quick answer is all that is heard', async () => {
    await using caller = await started(shared);
    for (let turn = 0; turn < 2; turn++) await caller.asks('Are you there?');
    expect(caller.laneMs('A')).toBe(0);
    expect(caller.laneMs('B')).toBeGreaterThan(0);
  });
});

describe('while the service does not speak ready-made lines', () => {
  const agents = ownAgents();
  const shared = sharedTestbed({
    workers: 1,
    emulator: false,
    env: {
      AGENTS_DIR: agents,
      ENABLE_LANE_A: 'true',
      VOICE_CACHE_DIR: folderOfFile(),
      OPENAI_BASE_URL: refusing.baseUrl,
      HEARTBEAT_MS: '500',
    },
  });
  const complaints = () =>
    shared.bed
      .logs()
      .split('\n')
      .filter((line) => line.includes('ready-made lines cannot be spoken'));

  it('calls go without them, the operator is told once what to check, and they come by themselves', async () => {
    await expect
      .poll(() => laneA(shared), { timeout: 10_000 })
      .toMatch(/^off .*PROVIDER_AUTH.*OPENAI_API_KEY/);
    await using caller = await started(shared);
    await caller.asks('Are you there?');
    expect(caller.ownerChanges[0]).toBe('none→B b_first_audio_ready');
    expect(caller.laneMs('A')).toBe(0);
    await shared.logged(/OPENAI_API_KEY/);
    expect(complaints()).toHaveLength(1);
    // A caller in danger reads at least what cannot be heard.
    await using inDanger = await started(shared);
    inDanger.send({ type: 'text.input', text: 'I want to kill myself.' });
    expect(await inDanger.next('transcript')).toMatchObject({ text: lines.crisis, isFinal: true });

    await refusing.clearFaults();
    await expect.poll(() => laneA(shared), { timeout: 20_000 }).toBe('on');
    await linesReady(shared.bed);
    await playedToTheEnd(caller);
    const before = caller.ownerChanges.length;
    await caller.asks('Are you there?');
    expect(caller.ownerChanges[before]).toBe('none→A user_speech_ended');
  });

  it('a voice that does not exist is named, and the other agents keep theirs', async () => {
    cpSync(join(agents, 'default'), join(agents, 'strange'), { recursive: true });
    const file = join(agents, 'strange/agent.yaml');
    writeFileSync(file, `voice: verse-9000\n${readFileSync(file, 'utf8')}`);
    await waitFor('the complaint', async () => {
      // Its lines are wanted when it is asked for; the voice service refuses such a call too.
      await using strange = await TestCaller.connect(shared.bed.wsUrl);
      strange.send({ type: 'session.start', agent: 'strange' });
      expect(await strange.next('error')).toMatchObject({ code: 'UNKNOWN_VOICE', retryable: false });
      return complaints().some((line) => line.includes('verse-9000')) || undefined;
    });
    expect(complaints().filter((line) => line.includes('verse-9000'))).toHaveLength(1);
    await using caller = await started(shared);
    await caller.asks('Are you there?');
    expect(caller.ownerChanges[0]).toBe('none→A user_speech_ended');
  });
});
