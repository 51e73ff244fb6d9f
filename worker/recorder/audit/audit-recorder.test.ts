import { execFileSync } from 'node:child_process';
import { createPublicKey, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, type TiedProcess } from '@vjj/deploy/processes.ts';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { readConfig } from '@vjj/shared/config.ts';
import { readClusterStatus } from '@vjj/shared/control/cluster-status.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { type Batch, storedUntil } from '@vjj/shared/evidence/batch.ts';
import { wrapKey } from '@vjj/shared/evidence/session-key.ts';
import { createLog } from '@vjj/shared/log.ts';
import { deadLetterQueue, queuePrefix } from '@vjj/shared/queues.ts';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { visit } from '../../src/memory/known-caller.ts';
import { JobProducer } from '../../src/queues/job-producer.ts';
import { signCheckpoint } from './checkpoint.ts';
import { checkpointName } from './checkpoint-file.ts';
import { FileStore } from './files/file-store.ts';
import { signingKey } from './signing-key.ts';
import { SampleChain } from './test/sample-events.ts';
import { all } from './test/stores.ts';
import { readCopies } from './verify/read-copies.ts';
import { verify } from './verify/verify.ts';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));
const cluster = 'audit-test';
const keys = keysOf(cluster);

let server: TestRedis;
let redis: Redis;
let producer: JobProducer;
beforeAll(async () => {
  server = await startTestRedis();
  redis = new Redis(server.url);
  producer = new JobProducer('audit', { url: server.url, cluster, log: createLog('test', 'silent') });
}, 30_000);
afterAll(async () => {
  await producer.close();
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

let folder: string;
let running: TiedProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vjj-recorder-'));
});
afterEach(async () => {
  await Promise.all(running.map((recorder) => recorder.stop()));
  running = [];
  // What was sent twice may still wait, and would be stored among what the next test sends.
  await redis.flushall();
  rmSync(folder, { recursive: true, force: true });
});

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  REDIS_URL: server.url,
  CLUSTER_NAME: cluster,
  LINK_SECRET: 'a secret of sixteen letters',
  RECORDER_PROCESSES: '1',
  AUDIT_DIR: join(folder, 'audit'),
  LOCAL_KEY_DIR: join(folder, 'keys'),
  AUDIT_CHECKPOINT_DIR: join(folder, 'copies'),
  AUDIT_SEAL_PERIOD_MS: '300',
  AUDIT_SEGMENT_BYTES: '65536',
  LOG_LEVEL: 'info',
  ...more,
});

/** @param under a command that runs the recorder */
async function startRecorder(env = environment(), under: readonly string[] = []): Promise<TiedProcess> {
  const recorder = await startProcess({
    name: 'recorder',
    command: under[0] ?? process.execPath,
    args: under.length === 0 ? [program] : [...under.slice(1), process.execPath, program],
    env,
    logFile: join(folder, 'recorder.log'),
  });
  running.push(recorder);
  return recorder;
}

/** What a worker sends: its lines in batches of a spill segment. */
function batchesOf(lines: readonly string[], size: number): Batch[] {
  const segment = `spill-${randomBytes(6).toString('hex')}`;
  let from = 0;
  return Array.from({ length: Math.ceil(lines.length / size) }, (_, i) => {
    const part = lines.slice(i * size, (i + 1) * size);
    const to = from + Buffer.byteLength(part.join('\n')) + 1;
    const batch: Batch = { v: 1, segment, from, to, lines: part };
    from = to;
    return batch;
  });
}

const send = (batches: readonly Batch[]) =>
  producer.add(
    batches.map((data) => ({
      data,
      id: `${data.segment}_${data.from}_${data.to}_${randomBytes(3).toString('hex')}`,
    })),
  );

const acknowledged = (batches: readonly Batch[]) =>
  expect
    .poll(() => storedUntil(redis, keys, batches[0]!.segment), { timeout: 45_000, interval: 100 })
    .toBe(batches.at(-1)!.to);

async function verified() {
  const store = await FileStore.open(join(folder, 'audit'), 1 << 20);
  try {
    const { key } = signingKey({ AUDIT_SIGNING_KEY: '', LOCAL_KEY_DIR: join(folder, 'keys') });
    return {
      report: await verify(store, {
        keys: [createPublicKey(key)],
        copies: readCopies(join(folder, 'copies')),
      }),
      lines: (await all(store.find({}))).map(({ line }) => line),
    };
  } finally {
    await store.close();
  }
}

describe('a recorder', { timeout: 60_000 }, () => {
  it('acknowledges what is stored, keeps the keys, seals, and copies its seals', async () => {
    await startRecorder();
    const chain = new SampleChain('s');
    const record = wrapKey(chain.key, Buffer.alloc(32, 1), chain.identity);
    const lines = [...chain.lines(50), chain.ended()];
    const batches = batchesOf([JSON.stringify(record), ...lines, 'nonsense'], 20);
    await send(batches);
    await acknowledged(batches);
    await expect
      .poll(() => readdirSync(join(folder, 'copies')), { timeout: 20_000 })
      .toContain(checkpointName(1));
    await running[0]!.stop(20_000);
    const { report, lines: stored } = await verified();
    expect(report).toMatchObject({ findings: [], events: 51, chains: 1, notes: [] });
    expect(stored).toEqual(lines);
    const store = await FileStore.open(join(folder, 'audit'), 1 << 20);
    expect(await store.keys.get(record)).toEqual(record);
    await store.close();
    expect(statSync(join(folder, 'keys', 'audit-signing.key')).mode & 0o777).toBe(0o600);
    expect(log()).toContain('set aside');
  });

  it('killed again and again while it writes loses nothing it acknowledged, and nothing is found', async () => {
    const chains = Array.from({ length: 40 }, (_, i) => new SampleChain(`s-${i}`));
    const lines = Array.from({ length: 4000 }, (_, i) => chains[i % 40]!.said(`word ${i}`));
    const batches = batchesOf(lines, 25);
    for (const part of [0, 1, 2, 3]) {
      const recorder = await startRecorder();
      const own = batches.slice(part * 40, (part + 1) * 40);
      await send(own);
      // In the midst of its work.
      await expect
        .poll(() => redis.scard(keys.stored(batches[0]!.segment)), { timeout: 30_000, interval: 5 })
        .toBeGreaterThan(part * 40);
      recorder.kill('SIGKILL');
      await recorder.exited;
      // What a worker does with what was not acknowledged.
      const stored = new Set(await redis.smembers(keys.stored(batches[0]!.segment)));
      await send(own.filter(({ from, to }) => !stored.has(`${from}-${to}`)));
    }
    const last = await startRecorder();
    await acknowledged(batches);
    await last.stop(20_000);
    const { report, lines: found } = await verified();
    expect(report.findings).toEqual([]);
    expect(report.events).toBe(4000);
    expect(new Set(found)).toEqual(new Set(lines));
  });

  it('beside another shares the work and one row of seals', async () => {
    await Promise.all([startRecorder(), startRecorder()]);
    const chains = Array.from({ length: 20 }, (_, i) => new SampleChain(`s-${i}`));
    for (let round = 0; round < 5; round++) {
      const batches = batchesOf(
        chains.flatMap((chain) => chain.lines(10)),
        10,
      );
      await send(batches);
      // Twice, as after an acknowledgement that was lost.
      await send(batches);
      await acknowledged(batches);
    }
    await Promise.all(running.map((recorder) => recorder.stop(20_000)));
    const { report } = await verified();
    expect(report).toMatchObject({ findings: [], events: 1000, chains: 20 });
    expect(readdirSync(join(folder, 'audit', 'segments')).length).toBeGreaterThan(1);
  });

  it('seals though the last seal is of a time to come, and says so', async () => {
    const chain = new SampleChain('s');
    const { key } = signingKey({ AUDIT_SIGNING_KEY: '', LOCAL_KEY_DIR: join(folder, 'keys') });
    const store = await FileStore.open(join(folder, 'audit'), 1 << 20);
    await store.append(chain.lines(1));
    const ahead = new Date(Date.now() + 3_600_000);
    await store.seal((contents) => signCheckpoint({ ...contents, at: ahead }, key).line, 0);
    await store.close();
    await startRecorder();
    for (const n of [2, 3]) {
      const batches = batchesOf(chain.lines(1), 1);
      await send(batches);
      await acknowledged(batches);
      await expect
        .poll(() => readdirSync(join(folder, 'copies')), { timeout: 20_000 })
        .toContain(checkpointName(n));
    }
    await running[0]!.stop(20_000);
    expect(log().match(/the last seal is of a time to come/g)).toHaveLength(1);
    expect((await verified()).report.findings).toEqual([]);
  });

  it('on a full disk acknowledges nothing it could not store, and goes on when there is room', async () => {
    // The kernel lets the recorder write files of 100 KiB, until it is told otherwise.
    await startRecorder(environment(), ['sh', '-c', 'ulimit -S -f 200; exec "$@"', 'sh']);
    const lines = new SampleChain('s').lines(3000);
    const batches = batchesOf(lines, 50);
    await send(batches);
    await expect.poll(log, { timeout: 40_000 }).toContain('audit events cannot be stored');
    expect(await storedUntil(redis, keys, batches[0]!.segment)).toBeLessThan(batches.at(-1)!.to);
    for (const pid of pids()) execFileSync('prlimit', ['--pid', pid, '--fsize=unlimited:unlimited']);
    await send(batches);
    await acknowledged(batches);
    await running[0]!.stop(20_000);
    const { report, lines: found } = await verified();
    expect(report.findings).toEqual([]);
    expect(report.events).toBe(3000);
    expect(new Set(found)).toEqual(new Set(lines));
  });
});

it('is well again when the disk has room, though what it could not store was done by another', async () => {
  await startRecorder(environment({ HEARTBEAT_MS: '300' }), [
    'sh',
    '-c',
    'ulimit -S -f 200; exec "$@"',
    'sh',
  ]);
  const audit = async () => (await readClusterStatus(redis, keys)).recorders[0]?.audit;
  const batches = batchesOf(new SampleChain('s').lines(1000), 1000);
  await send(batches);
  await expect.poll(audit, { timeout: 40_000 }).toMatch(/^failing/);
  const queue = new Queue('audit', { prefix: queuePrefix(cluster), connection: { url: server.url } });
  onTestFinished(() => queue.close());
  await queue.pause();
  await expect.poll(() => queue.getJobCounts('active'), { timeout: 20_000 }).toEqual({ active: 0 });
  await queue.obliterate();
  for (const pid of pids()) execFileSync('prlimit', ['--pid', pid, '--fsize=unlimited:unlimited']);
  await expect.poll(audit, { timeout: 20_000 }).toBe('ok');
}, 90_000);

it('a store that takes nothing for long makes no dead letters, and what waited is stored then', async () => {
  await startRecorder(environment(), ['sh', '-c', 'ulimit -S -f 200; exec "$@"', 'sh']);
  const prefix = queuePrefix(cluster);
  const [live, dead] = ['audit', deadLetterQueue('audit')].map(
    (name) => new Queue(name, { prefix, connection: { url: server.url } }),
  ) as [Queue, Queue];
  onTestFinished(async () => {
    await Promise.all([live.close(), dead.close()]);
  });
  const batches = batchesOf(new SampleChain('s').lines(1000), 1000);
  const job = await live.add('audit', batches[0], { attempts: 1, removeOnComplete: true });
  // More often than one with so few attempts may be put off.
  await expect
    .poll(async () => (await live.getJob(job.id!))?.attemptsStarted, { timeout: 40_000 })
    .toBeGreaterThan(4);
  expect(await dead.count()).toBe(0);
  for (const pid of pids()) execFileSync('prlimit', ['--pid', pid, '--fsize=unlimited:unlimited']);
  await acknowledged(batches);
  await expect.poll(() => live.getJob(job.id!), { timeout: 20_000 }).toBeUndefined();
}, 90_000);

const log = () => readFileSync(join(folder, 'recorder.log'), 'utf8');

/** Of the recorder and its children, as they log it. */
const pids = (): string[] => [...new Set([...log().matchAll(/"pid":(\d+)/g)].map(([, pid]) => pid!))];

it('whose admin port is taken takes no jobs', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  await startRecorder(environment({ RECORDER_ADMIN_PORT: String(port) }));
  await expect.poll(log, { timeout: 30_000 }).toContain('the recorder could not start');
  expect(log()).toContain('EADDRINUSE');
  // What it opens before it takes the first one.
  expect(existsSync(join(folder, 'audit'))).toBe(false);
}, 60_000);

it('without Chroma drops the words of calls, and forgets what Redis knows of a caller', async () => {
  await startRecorder();
  const memory = new JobProducer('memory', { url: server.url, cluster, log: createLog('test', 'silent') });
  const queue = new Queue('memory', { prefix: queuePrefix(cluster), connection: { url: server.url } });
  onTestFinished(async () => {
    await Promise.all([memory.close(), queue.close()]);
  });
  const anna = { tenant: 'acme', user: `p_${'a'.repeat(43)}` };
  await visit(redis, keys, anna, 's1');
  const call = { session: 's1', agent: 'default', startedAt: 1, endedAt: 2, earlier: '', turns: [] };
  await memory.add([{ data: { v: 1, kind: 'remember', ...anna, ...call } }]);
  await memory.add([{ data: { v: 1, kind: 'forget', ...anna } }]);
  await expect
    .poll(() => queue.getJobCounts('waiting', 'active', 'delayed', 'failed'), { timeout: 30_000 })
    .toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
  expect(await visit(redis, keys, anna, 's2')).toBe(0);
}, 60_000);

it('cannot start with a key that signs nothing', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----';
  expect(() => signingKey({ AUDIT_SIGNING_KEY: pem, LOCAL_KEY_DIR: '' })).toThrow();
  expect(() =>
    readConfig({ LINK_SECRET: 'a secret of sixteen letters', AUDIT_SIGNING_KEY: 'short' }),
  ).toThrow(/AUDIT_SIGNING_KEY/);
});
