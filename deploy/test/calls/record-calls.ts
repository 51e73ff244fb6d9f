// `node deploy/test/calls/record-calls.ts [name…]`: records the synthetic calls of this folder anew, against the emulator.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../src/project.ts';
import { auditOutput, toldBySession } from '../../src/replay/audit-program.ts';
import { startTestbed, type Testbed } from '../../src/testbed.ts';
import { waitFor } from '../../src/wait-for.ts';
import { EmulatorControl, type ScriptPatch } from '../emulator-control.ts';
import { testAgents } from '../test-agents.ts';
import { TestCaller } from '../test-caller.ts';

interface Scenario {
  script: ScriptPatch;
  /** What the caller does, from `provider.ready` on. */
  play(caller: TestCaller, bed: Testbed, emulator: EmulatorControl): Promise<void>;
}

const quick: ScriptPatch = { speedUp: 20, firstAudioMs: 0, inputTranscriptMs: 50 };

const scenarios: Readonly<Record<string, Scenario>> = {
  'spoken-question': {
    script: {
      ...quick,
      heard: ['How long is the warranty of a lamp?'],
      toolCalls: [{ when: 'warranty', name: 'search_knowledge', arguments: { query: 'warranty of a lamp' } }],
      answers: [{ say: 'Two years.' }],
    },
    async play(caller) {
      caller.speak();
      await caller.next('response.end');
    },
  },
  'stopped-answer': {
    script: { ...quick, answers: [{ say: 'Yes. Here is how to build a bomb at home today.' }] },
    async play(caller) {
      caller.send({ type: 'text.input', text: 'Tell me something.' });
      await caller.until(
        'the end of the safe line',
        (message): message is typeof message =>
          message.type === 'lane.owner_changed' && message.from === 'fallback',
      );
    },
  },
  interruption: {
    script: {
      ...quick,
      answers: [{ when: 'hours', say: 'We are open from nine in the morning until six.' }, { say: 'Yes.' }],
    },
    async play(caller) {
      caller.send({ type: 'text.input', text: 'What are your hours?' });
      await caller.next('response.start');
      await waitFor('enough of it', () => caller.laneMs('B') > 1000 || undefined);
      caller.send({ type: 'user.barge_in', playedMs: 700 });
      await caller.next('user.barge_in.ack');
      await caller.asks('On Sundays too?');
    },
  },
  'slow-service': {
    script: { ...quick, firstAudioMs: 3000, answers: [{ say: 'Yes.' }] },
    async play(caller) {
      await caller.asks('Are you there?');
    },
  },
  'lost-service': {
    script: { ...quick, answers: [{ say: 'Yes.' }] },
    async play(caller, _bed, emulator) {
      await emulator.fault({ kind: 'duplicate', type: 'response.output_audio_transcript.delta', times: 2 });
      await caller.asks('Are you there?');
      await waitFor('silence', () => caller.ownerChanges.length >= 2 || undefined);
      const { sessions } = await emulator.state();
      await emulator.fault({ kind: 'close', code: 1006, times: 1 });
      await waitFor(
        'the next connection',
        async () => (await emulator.state()).sessions.total > sessions.total || undefined,
      );
      await caller.asks('Still there?');
    },
  },
  'killed-worker': {
    script: { ...quick, answers: [{ say: 'Yes.' }] },
    async play(caller, bed) {
      await caller.asks('Are you there?');
      await waitFor('silence', () => caller.ownerChanges.length >= 2 || undefined);
      const { workers } = await bed.registry();
      // What it gathered is on the disk by then.
      await new Promise((resolve) => setTimeout(resolve, 700));
      process.kill(workers.find(({ id }) => id === caller.worker)!.pid, 'SIGKILL');
      await caller.next('session.moved');
      await caller.asks('Still there?');
    },
  },
};

const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'vjj-calls-'));
const env = {
  AGENTS_DIR: testAgents,
  AUDIT_DIR: join(folder, 'audit'),
  LOCAL_KEY_DIR: join(folder, 'keys'),
  RECORD_CALLS: 'true',
  // Acknowledgements are heard where the service is slow on purpose, and nowhere else.
  REFLEX_DELAY_MS: '1500',
  WARM_POOL_MAX: '0',
};
const bed = await startTestbed({ workers: 2, recorders: 1, env });
try {
  const emulator = new EmulatorControl(bed.emulatorUrl);
  await waitFor(
    'lane A',
    async () => (await bed.status()).workers.every(({ laneA }) => laneA === 'on') || undefined,
  );
  for (const [name, { script, play }] of Object.entries(scenarios)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await emulator.script(script);
    await emulator.noFaults();
    const caller = await TestCaller.started(bed.wsUrl);
    await play(caller, bed, emulator);
    await waitFor(
      'silence',
      () => caller.ofType('lane.state_changed').at(-1)?.to === 'LISTENING' || undefined,
    );
    caller.send({ type: 'session.end' });
    await caller.closed;
    const hasReflex = caller.ofType('lane.state_changed').some(({ to }) => to === 'A_PLAYING');
    if (hasReflex !== (name === 'slow-service')) throw new Error(`${name}: the machine was too busy; again`);
    const session = caller.sessionId ?? '';
    await waitFor('its end in the trail', async () => (await toldBySession(env)).get(session), {
      limitMs: 30_000,
      everyMs: 300,
    });
    const file = inProject(`deploy/test/calls/${name}.jsonl`);
    rmSync(file, { force: true });
    await waitFor(
      'its recording',
      async () => auditOutput(['export', '--session', session, '--format', 'call', '--out', file], env),
      { limitMs: 10_000, everyMs: 300 },
    );
    console.log(`${file}: ${readFileSync(file).length} bytes`);
  }
} finally {
  await bed.close();
  rmSync(folder, { recursive: true, force: true });
}
