import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { afterAll, expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { runProgram } from '../src/run-program.ts';
import { startTestRedisCluster } from '../src/test-redis-cluster.ts';
import { waitFor } from '../src/wait-for.ts';
import { refusalOf } from './raw-caller.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { isStored } from './stored-calls.ts';
import { folderOfFile } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';

const store = join(folderOfFile(), 'audit');
mkdirSync(store);
const redis = await startTestRedisCluster();
afterAll(() => redis[Symbol.asyncDispose]());
const shared = sharedTestbed({
  redisUrl: redis.url,
  workers: 2,
  recorders: 1,
  // As on several hosts: links over TCP, and keys that all know.
  env: {
    AUDIT_DIR: store,
    LINK_HOST: '127.0.0.1',
    AUDIT_MASTER_KEY: randomBytes(32).toString('base64'),
    IDENTITY_SECRET: 'known to the workers of this test',
  },
  script: { answers: [{ say: 'Yes, I hear you.' }], speedUp: 20, firstAudioMs: 0 },
});

/** The node that has a key; the others say so. */
async function holderOf(key: string): Promise<(typeof redis.nodes)[number]> {
  for (const node of redis.nodes) {
    const client = openRedis(node.url);
    const isHere = await client.exists(key).then(
      () => true,
      () => false,
    );
    client.disconnect();
    if (isHere) return node;
  }
  throw new Error(`no node has ${key}`);
}

it('calls over several hosts, takeovers, queues, /status and the commands of operators work on Redis Cluster', async () => {
  for (const { linkPath, linkAddress } of (await shared.bed.registry()).workers) {
    rmSync(linkPath);
    // Where gateways were told that it listens, and nowhere else.
    const elsewhere = connect({ host: '127.0.0.2', port: Number(linkAddress.split(':')[1]) });
    await expect(once(elsewhere, 'connect')).rejects.toThrow();
  }
  const callers = await Promise.all([1, 2, 3].map(() => TestCaller.started(shared.bed.wsUrl)));
  await Promise.all(callers.map((caller) => caller.asks('My name is Ada')));
  // Workers tell how many they have with their next heartbeat.
  await expect
    .poll(() => shared.bed.status(), { timeout: 10_000 })
    .toMatchObject({ status: 'ok', sessions: callers.length });

  // The node that has the registry stands still; then it has forgotten the scripts, and is told them again, whichever
  // node is asked first.
  const holder = await holderOf(keysOf(shared.bed.clusterName).workers);
  holder.server.kill('SIGSTOP');
  expect(JSON.parse((await refusalOf(shared.bed.wsUrl)).body)).toMatchObject({ code: 'REDIS_AWAY' });
  await Promise.all(callers.map((caller) => caller.asks('Do you hear me?')));
  holder.server.kill('SIGCONT');
  const node = openRedis(holder.url);
  await node.script('FLUSH');
  node.disconnect();
  callers.push(await waitFor('a call that is taken', () => TestCaller.started(shared.bed.wsUrl)));
  for (const caller of callers) expect(caller.ofType('session.moved')).toEqual([]);
  const { owner } = await shared.pinOf(callers[0]!);
  const { workers } = await shared.bed.registry();
  await callers[0]!.asks('Where was I?');
  const cluster = openRedis(redis.url);
  const journal = keysOf(shared.bed.clusterName).journal(callers[0]!.sessionId!);
  await waitFor(
    'what was said in the journal',
    async () => (await cluster.hget(journal, 'data'))?.includes('Where was I?') || undefined,
  );
  cluster.disconnect();
  process.kill(workers.find(({ id }) => id === owner)!.pid, 'SIGKILL');
  await callers[0]!.next('session.moved');
  await Promise.all(callers.map((caller) => caller.asks('Do you still hear me?')));
  for (const caller of callers) caller.send({ type: 'session.end' });
  await Promise.all(callers.map((caller) => caller.closed));
  await waitFor(
    'the ends of all calls in the store',
    () => callers.every(({ sessionId }) => isStored(store, sessionId!)) || undefined,
    { limitMs: 40_000, everyMs: 200 },
  );

  const { code, output } = await runProgram(
    process.execPath,
    [inProject('worker/recorder/queues-command.ts'), 'list', '--json'],
    { env: { PATH: process.env.PATH, REDIS_URL: redis.url, CLUSTER_NAME: shared.bed.clusterName } },
  );
  expect({ code, queues: JSON.parse(output) }).toMatchObject({
    code: 0,
    queues: expect.arrayContaining([expect.objectContaining({ queue: 'audit', dead: 0 })]),
  });
}, 150_000);
