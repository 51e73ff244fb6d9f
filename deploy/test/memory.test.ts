import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { inProject } from '../src/project.ts';
import { runProgram } from '../src/run-program.ts';
import { waitFor } from '../src/wait-for.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';

const identity = 'a secret that makes ids of callers';
const shared = sharedTestbed({
  workers: 1,
  recorders: 1,
  chroma: true,
  env: { AGENTS_DIR: testAgents, OUTPUT_LEAD_MS: '10000', IDENTITY_SECRET: identity },
  script: { speedUp: 20, firstAudioMs: 0 },
  neverLogged: ['turquoise', 'anna-device', identity],
});

const memory = (...args: string[]) => memoryWith({}, ...args);
const memoryWith = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
  const { code, output } = await runProgram(
    process.execPath,
    [inProject('worker/src/memory/command.ts'), ...args],
    {
      env: {
        ...process.env,
        REDIS_URL: shared.bed.redisUrl,
        CHROMA_URL: shared.bed.chromaUrl,
        CLUSTER_NAME: shared.bed.clusterName,
        IDENTITY_SECRET: identity,
        ...env,
      },
    },
  );
  return { code, output };
};
const shown = async (fingerprint: string, tenant = 'default') =>
  JSON.parse((await memory('show', '--json', '--fingerprint', fingerprint, '--tenant', tenant)).output) as {
    user: string;
    sessions: number;
    memories: { kind: string; text: string }[];
  };

async function calls(fingerprint: string | undefined, said?: string) {
  const caller = await TestCaller.started(shared.bed.wsUrl, fingerprint === undefined ? {} : { fingerprint });
  const [ready] = caller.ofType('provider.ready');
  if (said !== undefined) await caller.asks(said);
  return { caller, ready: ready! };
}
async function hangsUp(caller: TestCaller): Promise<void> {
  caller.send({ type: 'session.end' });
  await caller.closed;
}
const remembered = (fingerprint: string) =>
  waitFor('the memory', async () => (await shown(fingerprint)).memories.length > 0 || undefined, {
    limitMs: 20_000,
    everyMs: 200,
  });
/** System messages the voice service was given. */
const notes = async () => (await shared.emulator.eventCount('conversation.item.added')) ?? 0;

it('who calls again is known, and the conversation is told of the earlier call', async () => {
  const first = await calls('anna-device', 'I would like a turquoise lamp for my kitchen.');
  expect(first.ready).toMatchObject({ isReturningUser: false, previousSessionCount: 0 });
  await hangsUp(first.caller);
  await remembered('anna-device');
  const kept = await shown('anna-device');
  expect(kept.memories[0]).toMatchObject({ kind: 'summary', text: expect.stringContaining('turquoise') });

  const before = await notes();
  const second = await calls('anna-device');
  expect(second.ready).toMatchObject({ isReturningUser: true, previousSessionCount: 1 });
  await waitFor('the note', async () => (await notes()) > before || undefined);
  await hangsUp(second.caller);
});

it('nobody is known without a fingerprint, or by another one, or in another tenant', async () => {
  for (const fingerprint of [undefined, '', 'berta-device']) {
    const { caller, ready } = await calls(fingerprint);
    expect(ready).toMatchObject({ isReturningUser: false, previousSessionCount: 0 });
    await hangsUp(caller);
  }
  expect((await shown('anna-device', 'other')).memories).toEqual([]);
  // The tenant a client names is not believed.
  await using caller = await TestCaller.started(shared.bed.wsUrl, {
    fingerprint: 'anna-device',
    tenantId: 'other',
  });
  expect(caller.ofType('provider.ready')[0]).toMatchObject({ isReturningUser: true });
});

it('a caller is forgotten by a command, in Chroma and in Redis', async () => {
  const { user } = await shown('anna-device');
  expect(await memory('forget', user)).toMatchObject({
    code: 0,
    output: expect.stringContaining('is forgotten'),
  });
  expect(await shown('anna-device')).toMatchObject({ sessions: 0, memories: [] });
  const { caller, ready } = await calls('anna-device');
  expect(ready).toMatchObject({ isReturningUser: false, previousSessionCount: 0 });
  await hangsUp(caller);
});

it('nobody is known by a fingerprint where the identity secret is not, and none is made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vjj-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const elsewhere = { IDENTITY_SECRET: '', LOCAL_KEY_DIR: folder };
  expect(await memoryWith(elsewhere, 'forget', '--fingerprint', 'anna-device')).toMatchObject({
    code: 1,
    output: expect.stringContaining('IDENTITY_SECRET'),
  });
  expect(readdirSync(folder)).toEqual([]);
});

it('a call in progress when its caller is forgotten is not remembered', async () => {
  const { caller } = await calls('clara-device', 'Tell me about the turquoise lamp.');
  const { user } = await shown('clara-device');
  expect((await memory('forget', user)).code).toBe(0);
  await hangsUp(caller);
  const later = await calls('dora-device', 'Tell me about the turquoise lamp.');
  await hangsUp(later.caller);
  // Handed over later, so the other one has been dealt with.
  await remembered('dora-device');
  expect((await shown('clara-device')).memories).toEqual([]);
});

it('a Chroma that stands still delays no call, and what was said meanwhile is kept later', async () => {
  shared.bed.chroma!.kill('SIGSTOP');
  onTestFinished(() => shared.bed.chroma!.kill('SIGCONT'));
  const during = await calls('emil-device', 'Do you have turquoise lamps?');
  await hangsUp(during.caller);
  const again = await calls('emil-device');
  expect(again.ready).toMatchObject({ isReturningUser: true, previousSessionCount: 1 });
  await hangsUp(again.caller);
  shared.bed.chroma!.kill('SIGCONT');
  await waitFor('the memory', async () => (await shown('emil-device')).memories.length > 0 || undefined, {
    limitMs: 50_000,
    everyMs: 500,
  });
});

it('keeps no fingerprint, and nothing of a caller beyond numbers, in Redis', async () => {
  const redis = new Redis(shared.bed.redisUrl);
  onTestFinished(() => redis.disconnect());
  const keys = await redis.keys('*');
  expect(keys.filter((key) => key.includes('-device'))).toEqual([]);
  const callers = keys.filter((key) => key.includes(':caller:'));
  expect(callers.length).toBeGreaterThan(0);
  for (const key of callers)
    expect(Object.keys(await redis.hgetall(key)).sort()).toEqual(['last', 'sessions']);
});
