import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rms } from '@vjj/shared/audio.ts';
import { expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { runProgram } from '../src/run-program.ts';
import { waitFor } from '../src/wait-for.ts';
import { isGone } from './scratch.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { folderOfFile } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';

const folder = folderOfFile();
const env = {
  AUDIT_DIR: join(folder, 'audit'),
  AUDIT_CHECKPOINT_DIR: join(folder, 'copies'),
  AUDIT_SPILL_DIR: join(folder, 'spill'),
  AUDIT_SEAL_PERIOD_MS: '500',
  RECORDING_DIR: join(folder, 'recordings'),
  RECORD_CALLS: 'true',
  AUDIT_MASTER_KEY: randomBytes(32).toString('base64'),
  AUDIT_SIGNING_KEY: randomBytes(32).toString('base64'),
  IDENTITY_SECRET: 'known to this test and its workers',
};
const shared = sharedTestbed({
  workers: 2,
  recorders: 2,
  env,
  script: {
    heard: ['Which walrus do you mean?'],
    answers: [{ say: 'Yes, the narwhal is on its way.' }],
    speedUp: 20,
    firstAudioMs: 0,
  },
  neverLogged: ['narwhal', 'walrus'],
});

const audit = (...args: string[]) =>
  runProgram(process.execPath, [inProject('worker/recorder/audit/command/audit-command.ts'), ...args], {
    env: {
      PATH: process.env.PATH,
      REDIS_URL: shared.bed.redisUrl,
      CLUSTER_NAME: shared.bed.clusterName,
      ...env,
    },
  });

/** Waits for the words; a process that takes over is given time. */
const shown = (session: string, text: string) =>
  waitFor(
    text,
    async () => {
      const { output } = await audit('show', session);
      return output.includes(text) ? output : undefined;
    },
    { limitMs: 45_000, everyMs: 500 },
  );

/** Loudness of both channels of a WAV file: the caller's, the agent's. */
function loudness(file: string): [caller: number, agent: number] {
  const samples = readFileSync(file).subarray(44);
  const even = Buffer.from(samples.filter((_, at) => at % 4 < 2));
  const odd = Buffer.from(samples.filter((_, at) => at % 4 >= 2));
  return [rms(even), rms(odd)];
}

it('a call whose worker and recorders are killed is told whole and heard, verifies, and can be forgotten', async () => {
  const caller = await TestCaller.started(shared.bed.wsUrl, { fingerprint: 'a browser' });
  const session = caller.ofType('session.ready')[0]!.sessionId;
  caller.speak();
  await caller.next('response.end');
  await waitFor('silence', () => caller.ofType('lane.state_changed').at(-1)?.to === 'LISTENING' || undefined);
  await caller.asks('Where is my walrus?');
  const { workers, recorders } = await shared.bed.registry();
  // One that had to register anew is there twice for a while.
  const killed = [
    ...new Set([...recorders, ...workers.filter(({ id }) => id === caller.worker)].map(({ pid }) => pid)),
  ];
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  await waitFor('their end', () => killed.every(isGone) || undefined);
  await caller.next('session.moved');
  await caller.asks('And the other walrus?');
  caller.send({ type: 'session.end' });
  await caller.closed;

  await shown(session, 'And the other walrus?');
  const told = await shown(session, 'ends: caller');
  for (const text of ['begins on worker', 'Where is my walrus?', 'narwhal', 'goes on with worker']) {
    expect(told).toContain(text);
  }
  const clean = await waitFor(
    'a seal over all of it',
    async () => {
      const run = await audit('verify', '--checkpoints', env.AUDIT_CHECKPOINT_DIR);
      expect(run).toMatchObject({ code: 0, output: expect.stringContaining('clean') });
      return run.output.includes('no checkpoint covers') ? undefined : run.output;
    },
    { limitMs: 30_000, everyMs: 500 },
  );
  expect(clean).toMatch(/[1-9]\d* seals/);

  const wav = join(folder, 'call.wav');
  const heard = await waitFor(
    'the recordings of both workers',
    async () => {
      rmSync(wav, { force: true });
      const run = await audit('export', '--session', session, '--format', 'wav', '--out', wav);
      return run.code === 0 && run.output.includes('its worker was killed') ? run : undefined;
    },
    { limitMs: 30_000, everyMs: 500 },
  );
  expect(heard.output).not.toContain('not what the audit trail says');
  const [ofCaller, ofAgent] = loudness(wav);
  expect(Math.min(ofCaller, ofAgent)).toBeGreaterThan(50);

  const erased = await audit('erase', 'a browser');
  expect(erased).toMatchObject({ code: 0, output: expect.stringContaining('2 keys of 1 sessions') });
  const forgotten = await audit('show', session);
  expect(forgotten.output).toContain('[erased');
  expect(forgotten.output).not.toContain('walrus');
  expect(await audit('export', '--session', session, '--format', 'wav')).toMatchObject({
    code: 2,
    output: expect.stringContaining('there is no recording any more'),
  });
  expect(await audit('verify')).toMatchObject({ code: 0 });

  const segments = join(env.AUDIT_DIR, 'segments');
  const [first = ''] = readdirSync(segments).sort();
  const path = join(segments, first);
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace('"type":"session.started"', '"type":"session.startet"'),
  );
  expect(await audit('verify')).toMatchObject({
    code: 1,
    output: expect.stringContaining(`edited segments/${first}:`),
  });
}, 120_000);
