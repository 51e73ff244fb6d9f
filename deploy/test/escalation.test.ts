import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { runProgram } from '../src/run-program.ts';
import { startTestPostgres } from '../src/test-postgres.ts';
import { startTestbed } from '../src/testbed.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { lines, testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

const secret = 'a secret of sixteen letters';

interface Told {
  type: string;
  id: string;
  session: string;
  agent: string;
  decision: string;
  reasonCodes: string[];
  severity: number;
  context: { speaker: string; text: string }[];
}

const told: { body: string; signature: string; key: string }[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    const { 'x-vjj-signature': signature, 'idempotency-key': key } = request.headers;
    told.push({ body, signature: String(signature), key: String(key) });
    response.writeHead(204).end();
  });
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
afterAll(() => receiver.close());

const env = {
  AGENTS_DIR: testAgents,
  ESCALATION_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
  ESCALATION_WEBHOOK_SECRET: secret,
};
const script = { answers: [{ say: 'I see.' }], heard: ['I want to kill myself.'], inputTranscriptMs: 0 };
const shared = sharedTestbed({
  workers: 2,
  recorders: 1,
  env,
  script,
  neverLogged: ['kill myself', 'Zebulon'],
});
beforeAll(() => linesReady(shared.bed));

const inDanger = 'I want to kill myself.';
const soon = <T>(what: () => T) => expect.poll(what, { timeout: 40_000 });

/** Under how many keys a person was told of this call. */
function timesTold({ sessionId }: TestCaller): number {
  const own = told.filter(({ body }) => (JSON.parse(body) as Told).session === sessionId);
  return new Set(own.map(({ key }) => key)).size;
}

/** Says so, and knows that it was understood. */
async function isInDanger(caller: TestCaller): Promise<void> {
  caller.send({ type: 'text.input', text: inDanger });
  expect(await caller.next('policy.decision')).toMatchObject({ reasonCodes: ['MODERATION:SELF_HARM'] });
}

it.each(['typed', 'spoken'])(
  'a person is told of a caller in danger, %s, with what was said and nothing personal',
  async (how) => {
    told.length = 0;
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks('My card is 4111 1111 1111 1111, and I am not well.');
    if (how === 'typed') caller.send({ type: 'text.input', text: 'I want to kill myself.' });
    else {
      caller.send({ type: 'user.barge_in' });
      caller.speak();
    }
    await expect.poll(() => caller.ofType('transcript').at(-1)?.text, { timeout: 20_000 }).toBe(lines.crisis);

    await expect.poll(() => told.length, { timeout: 20_000 }).toBe(1);
    const { body, signature } = told[0]!;
    const [, at, signed] = /^t=(\d+),v1=(\w+)$/.exec(signature) ?? [];
    expect(createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')).toBe(signed);
    const escalation = JSON.parse(body) as Told;
    expect(escalation).toMatchObject({
      type: 'escalation',
      agent: 'default',
      decision: 'escalate',
      reasonCodes: ['MODERATION:SELF_HARM'],
      severity: 5,
    });
    expect(escalation.session).toBe(caller.ofType('session.ready')[0]?.sessionId);
    expect(escalation.context.map(({ speaker }) => speaker)).toEqual(['user', 'assistant', 'user']);
    expect(escalation.context[0]?.text).toBe('My card is [card number], and I am not well.');
    expect(escalation.context[2]?.text).toMatch(/^I want to kill myself/);
  },
);

it('what was said is in no queue of Redis that others could read', async () => {
  await using caller = await TestCaller.started(shared.bed.wsUrl);
  await isInDanger(caller);
  await soon(() => timesTold(caller)).toBe(1);
  const redis = new Redis(shared.bed.redisUrl);
  const names = await redis.keys('{test:queues}:escalation:*');
  const jobs = await Promise.all(
    names.map(async (name) => ((await redis.type(name)) === 'hash' ? redis.hget(name, 'data') : null)),
  );
  redis.disconnect();
  expect(jobs.filter((data) => data?.includes(caller.sessionId ?? ''))).toHaveLength(1);
  expect(jobs.join()).not.toContain('kill');
});

it('a person is told of a caller in danger though earlier words of the same turn were refused', async () => {
  const heard = [`You are a useless idiot. I cannot go on any more with all of this, and today ${inDanger}`];
  await shared.emulator.script({ heard, inputTranscriptMs: 0, inputWordMs: 100, firstAudioMs: 2000 });
  await using caller = await TestCaller.started(shared.bed.wsUrl);
  caller.speak();
  expect(await caller.next('policy.decision')).toMatchObject({ decision: 'refuse' });
  await soon(() => timesTold(caller)).toBe(1);
  await shared.emulator.script(script);
});

it('nobody is told of a call that was only refused an answer', async () => {
  await using other = await TestCaller.started(shared.bed.wsUrl);
  other.send({ type: 'text.input', text: 'Where do I buy a golden widget?' });
  await other.next('policy.decision');
  await using caller = await TestCaller.started(shared.bed.wsUrl);
  await isInDanger(caller);
  await soon(() => timesTold(caller)).toBe(1);
  expect(timesTold(other)).toBe(0);
});

it('a person is told though the worker is killed as soon as the caller knows', async () => {
  await using caller = await TestCaller.started(shared.bed.wsUrl);
  const { owner } = await shared.pinOf(caller);
  await isInDanger(caller);
  const { workers } = await shared.bed.status();
  process.kill(workers.find(({ id }) => id === owner)!.pid, 'SIGKILL');
  await soon(() => timesTold(caller)).toBeGreaterThan(0);
});

it('a person is told though Redis is away when it happens', async () => {
  await using caller = await TestCaller.started(shared.bed.wsUrl);
  await caller.asks('Where is it?');
  const { redis } = shared.bed;
  redis.kill('SIGKILL');
  await redis.exited;
  await isInDanger(caller);
  await soon(() => caller.ofType('transcript').at(-1)?.text).toBe(lines.crisis);
  expect(timesTold(caller)).toBe(0);
  await redis.start();
  await soon(() => timesTold(caller)).toBe(1);
});

const signingKey = randomBytes(32).toString('base64');
const auditCommand = inProject('worker/recorder/audit/command/audit-command.ts');
const bedWithDatabase = (url: string) =>
  startTestbed({
    workers: 1,
    recorders: 1,
    env: {
      ...env,
      WARM_POOL_MAX: '0',
      AUDIT_DATABASE_URL: url,
      AUDIT_SIGNING_KEY: signingKey,
    },
  });

it('a person is told, if without the words, though the audit trail takes nothing', async () => {
  await using postgres = await startTestPostgres();
  await using bed = await bedWithDatabase(postgres.url);
  await using caller = await TestCaller.started(bed.wsUrl);
  await postgres.server.stop();
  await isInDanger(caller);
  await soon(() => timesTold(caller)).toBe(1);
  expect(JSON.parse(told.at(-1)!.body)).toMatchObject({ session: caller.sessionId, context: [] });
});

it('a person is told by a recorder that was started without its database, and all is stored when that comes', async () => {
  await using postgres = await startTestPostgres();
  await postgres.server.stop();
  await using bed = await bedWithDatabase(postgres.url);
  await soon(async () => (await bed.status()).recorders[0]?.audit).toMatch(/^failing \(.*ECONNREFUSED/);
  expect(await bed.status()).toMatchObject({ status: 'degraded' });
  expect(bed.logs()).toContain('start PostgreSQL, or correct AUDIT_DATABASE_URL');
  await using caller = await TestCaller.started(bed.wsUrl);
  await isInDanger(caller);
  await soon(() => timesTold(caller)).toBe(1);
  await postgres.server.start();
  await soon(() => bed.status()).toMatchObject({ status: 'ok', recorders: [{ audit: 'ok' }] });
  const env = { PATH: process.env.PATH, AUDIT_DATABASE_URL: postgres.url, AUDIT_SIGNING_KEY: signingKey };
  const trail = () => runProgram(process.execPath, [auditCommand, 'show', caller.sessionId ?? ''], { env });
  await soon(async () => (await trail()).output).toContain('a person is needed');
}, 90_000);
