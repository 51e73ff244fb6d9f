import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@vjj/deploy/free-port.ts';
import { runProgram } from '@vjj/deploy/run-program.ts';
import { startTestbed, type Testbed } from '@vjj/deploy/testbed.ts';
import { createLog } from '@vjj/shared/log.ts';
import type { QueueStatus } from '@vjj/shared/queues.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { JobProducer } from '../src/queues/job-producer.ts';

const secret = 'a secret of sixteen letters';
const command = new URL('./queues-command.ts', import.meta.url).pathname;

interface Told {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Somebody who is told of escalations, and answers what the test says. */
const neverAnswers = 0;
const told: Told[] = [];
let answers: { status: number; headers?: Record<string, string> }[] = [];
let onTold: () => void = () => undefined;
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    told.push({ headers: request.headers, body });
    const { status, headers } = answers.shift() ?? { status: 204 };
    onTold();
    if (status === neverAnswers) return;
    response.writeHead(status, headers).end('what nobody reads');
  });
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
afterAll(() => receiver.close());

const adminPort = await freePort();
let bed: Testbed;
let producer: JobProducer;
vi.setConfig({ testTimeout: 60_000 });
beforeAll(async () => {
  bed = await startTestbed({
    gateways: 1,
    workers: 1,
    recorders: 1,
    env: {
      ESCALATION_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
      ESCALATION_WEBHOOK_SECRET: secret,
      RECORDER_ADMIN_PORT: String(adminPort),
      HEARTBEAT_MS: '300',
      LEASE_MS: '2000',
    },
  });
  producer = new JobProducer('escalation', {
    url: bed.redisUrl,
    cluster: bed.clusterName,
    log: createLog('test', 'silent'),
  });
}, 30_000);
afterAll(async () => {
  await producer.close();
  await bed.close();
});
afterEach(() => {
  told.length = 0;
  answers = [];
  onTold = () => undefined;
});

/** Waits for it, on a busy machine too. */
const seen = <T>(what: () => T) => expect.poll(what, { timeout: 25_000 });
const keysTold = () => told.map(({ headers }) => headers['idempotency-key']);
let count = 0;
function escalation() {
  const id = `session-${++count}_1_7`;
  return {
    v: 1,
    id,
    session: `session-${count}`,
    epoch: 1,
    seq: 7,
    user: 'anon',
    tenant: 'default',
    agent: 'default',
    at: '2026-11-24T10:00:00.000Z',
    decision: 'escalate',
    reasonCodes: ['MODERATION:SELF_HARM'],
    severity: 5,
  };
}
const handOver = (data: { id: string }) => producer.add([{ data, id: data.id }]);
const queueOf = async (name: string): Promise<QueueStatus | undefined> => {
  const status = (await bed.status()) as unknown as { queues?: QueueStatus[] };
  return status.queues?.find(({ queue }) => queue === name);
};
const queues = (...args: string[]) =>
  runProgram(process.execPath, [command, ...args], {
    env: { ...process.env, REDIS_URL: bed.redisUrl, CLUSTER_NAME: bed.clusterName },
  });

describe('an escalation', () => {
  it('is told to the webhook, signed, under a key that makes it one', async () => {
    const sent = escalation();
    await handOver(sent);
    await handOver(sent);
    await seen(() => told.length).toBe(1);
    const [{ headers, body }] = told as [Told];
    const { v: _v, epoch: _epoch, seq: _seq, user: _user, ...rest } = sent;
    expect(JSON.parse(body)).toEqual({ type: 'escalation', ...rest, context: [] });
    expect(headers['idempotency-key']).toBe(sent.id);
    const [, at, signed] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-vjj-signature'])) ?? [];
    const signatureOf = (text: string) => createHmac('sha256', secret).update(`${at}.${text}`).digest('hex');
    expect(signatureOf(body)).toBe(signed);
    expect(signatureOf(body.replace('"severity":5', '"severity":1'))).not.toBe(signed);
    expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60);
    // Handed over once more after it was delivered, it is still the same one.
    await handOver(sent);
    await seen(async () => (await queueOf('escalation'))?.active).toBe(0);
    expect(told).toHaveLength(1);
  });

  it('is told again until the receiver takes it, when that says so', async () => {
    answers = [
      { status: 503, headers: { 'Retry-After': '1' } },
      { status: 429, headers: { 'Retry-After': '0' } },
      // This one says nothing of when, so it is the queue that decides.
      { status: 500 },
    ];
    const sent = escalation();
    await handOver(sent);
    await seen(() => told.length).toBe(4);
    expect(new Set(told.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([sent.id]));
  });

  it('survives its recorder being killed while it is told', async () => {
    const { recorder } = bed;
    onTold = () => {
      onTold = () => undefined;
      recorder?.kill('SIGKILL');
    };
    answers = [{ status: neverAnswers }];
    const [first, second] = [escalation(), escalation()];
    await handOver(first);
    await recorder?.exited;
    await handOver(second);
    await recorder?.start();
    await seen(() => keysTold()).toContain(second.id);
    // Nobody can know whether the receiver got it: it is told once more, under the same key.
    await seen(() => keysTold().filter((key) => key === first.id).length).toBeGreaterThan(1);
  });
});

describe('a job that cannot be done', () => {
  it.each([
    ['is refused for good', () => escalation(), { status: 400 }, /answered 400/],
    [
      'leads elsewhere',
      () => escalation(),
      { status: 302, headers: { Location: 'http://127.0.0.1:9/' } },
      /answered 302/,
    ],
    ['is of a foreign version', () => ({ ...escalation(), v: 9 }), { status: 204 }, /cannot be read: v/],
    ['is garbage', () => ({ id: `garbage-${++count}` }), { status: 204 }, /cannot be read/],
  ])('because it %s waits for a person, and in nobody’s way', async (_why, make, answer, reason) => {
    answers = [answer];
    const bad = make();
    await handOver(bad);
    await seen(async () => (await queueOf('escalation'))?.dead).toBe(1);
    answers = [];
    const good = escalation();
    await handOver(good);
    await seen(() => keysTold()).toContain(good.id);
    const listed = await queues('failed', 'escalation');
    expect(listed.output).toContain(bad.id);
    expect(listed.output).toMatch(reason);
    expect(bed.logs()).not.toContain('what nobody reads');
    expect((await queues('drop', 'escalation', 'all')).output).toContain('1 dropped');
    await seen(async () => (await queueOf('escalation'))?.dead).toBe(0);
  });

  it('is done when a person hands it over again', async () => {
    answers = [{ status: 410 }];
    const sent = escalation();
    await handOver(sent);
    await seen(async () => (await queueOf('escalation'))?.dead).toBe(1);
    expect((await queues('retry', 'escalation', sent.id)).output).toContain('1 handed over again');
    await seen(() => told.length).toBe(2);
    expect((await queues('list')).output).toMatch(/escalation\s+0\s+0\s+0\s+0/);
  });

  it.each([
    [['failed', 'nothing'], /there is no queue nothing; there are audit/],
    [['retry', 'escalation', 'nobody'], /no job nobody could not be done/],
    [['retry', 'escalation'], /say which/],
  ])('is asked for in words that are understood: %j', async (args, answer) => {
    const { code, output } = await queues(...args);
    expect(code).toBe(2);
    expect(output).toMatch(answer);
  });
});

it('an operator sees how long the oldest job is not done, though it is tried again and again', async () => {
  answers = [{ status: 503, headers: { 'Retry-After': '3600' } }];
  await handOver(escalation());
  await seen(async () => queueOf('escalation')).toMatchObject({ waiting: 0, active: 0, delayed: 1 });
  await seen(async () => (await queueOf('escalation'))?.oldestAgeMs).toBeGreaterThan(500);
});

it('an operator sees the recorder and what waits', async () => {
  const { recorders } = await bed.status();
  const [up] = recorders.filter(({ state }) => state === 'up');
  expect(up?.rssBytes).toBeGreaterThan(1e6);
  expect(up?.admin).toBe(`127.0.0.1:${adminPort}`);
  const metrics = await (await fetch(`http://${up?.admin}/metrics`)).text();
  expect(metrics).toMatch(/vjj_queue_jobs\{queue="audit",state="waiting"\} 0/);
  expect(metrics).toContain('vjj_queue_oldest_age_seconds');
});

it('a recorder that is told to end ends in good order, also while Redis is away', async () => {
  const { recorder, redis } = bed;
  await recorder?.stop();
  expect(await recorder?.exited).toEqual({ code: 0, signal: null });
  await recorder?.start();
  redis.kill('SIGKILL');
  await redis.exited;
  await recorder?.stop();
  expect(await recorder?.exited).toEqual({ code: 0, signal: null });
  await redis.start();
  await recorder?.start();
  const sent = escalation();
  await seen(() => handOver(sent).then(() => 'taken', String)).toBe('taken');
  await seen(() => keysTold()).toContain(sent.id);
});
