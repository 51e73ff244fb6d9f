import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJournal } from '@vjj/shared/control/journal.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { refusalOf } from './raw-caller.ts';
import { isGone } from './scratch.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { numberedWord, silence } from './sounds.ts';
import { ownAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

const story =
  'Once there was a platypus who lived beside a slow green river. One morning she found a small brass key in the mud. She carried it past the old mill and over the hill.';

/** A shop's own system; the test decides when it answers. */
const asked: (string | undefined)[] = [];
let answerOrder: (response: ServerResponse) => void = (response) => response.end('{"state":"on its way"}');
const shop = createServer((request, response) => {
  asked.push(request.headers['idempotency-key'] as string | undefined);
  answerOrder(response);
});
await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
const shopHost = `127.0.0.1:${(shop.address() as AddressInfo).port}`;
afterAll(() => {
  shop.closeAllConnections();
  shop.close();
});
const agents = ownAgents();
const file = join(agents, 'default/agent.yaml');
writeFileSync(
  file,
  `${readFileSync(file, 'utf8')}
tools:
  - name: find_order
    description: Finds an order.
    method: POST
    url: http://${shopHost}/orders
    timeout_ms: 20000
    retries: 0
    arguments: { type: object, properties: { number: { type: string } }, required: [number] }
`,
);

const shared = sharedTestbed({
  gateways: 2,
  workers: 2,
  workerPrimaries: 2,
  env: {
    AGENTS_DIR: agents,
    CALLERS_PER_LINK: '3',
    TOOL_ALLOWED_HOSTS: shopHost,
    WARM_POOL_MIN: '2',
    WARM_POOL_MAX: '30',
    HEARTBEAT_MS: '500',
    RESPONSE_COOLDOWN_MS: '0',
  },
  script: {
    toolCalls: [{ when: 'order', name: 'find_order', arguments: { number: '17' } }],
    answers: [
      { when: 'story', say: story },
      { afterTool: true, say: 'It is on its way.' },
      { say: 'Yes, I hear you.' },
    ],
    speedUp: 20,
    transcriptLeadMs: { min: 200, max: 600 },
    firstAudioMs: 100,
  },
  neverLogged: ['platypus'],
});

const started = (
  ...how: Parameters<typeof TestCaller.started> extends [string, ...infer Rest] ? Rest : never
) => TestCaller.started(shared.bed.wsUrl, ...how);

const living = async () => {
  const { workers } = await shared.bed.registry();
  return workers.filter(({ state, pid }) => state === 'up' && !isGone(pid));
};
const allUp = () =>
  waitFor('all workers', async () => ((await living()).length === 4 ? true : undefined), { limitMs: 30_000 });

async function killWorkerOf(caller: TestCaller): Promise<void> {
  process.kill(await workerOf(caller), 'SIGKILL');
}

async function workerOf(caller: TestCaller): Promise<number> {
  const { owner } = await shared.pinOf(caller);
  const { workers } = await shared.bed.registry();
  return workers.find(({ id }) => id === owner)!.pid;
}

async function inRedis<T>(work: (redis: Redis, keys: ReturnType<typeof keysOf>) => Promise<T>): Promise<T> {
  const redis = new Redis(shared.bed.redisUrl);
  try {
    return await work(redis, keysOf(shared.bed.clusterName));
  } finally {
    redis.disconnect();
  }
}

/** All of the answers that callers are hearing have come, and are written down. */
const areWhole = (callers: TestCaller[]) =>
  inRedis(async (redis, keys) => {
    const journals = await Promise.all(callers.map(({ sessionId }) => readJournal(redis, keys, sessionId!)));
    return journals.every((data) => JSON.parse(data ?? '{}').speaker?.inProgress?.isWhole === true);
  });

const counted = (to: number) => `${Array.from({ length: to }, (_, i) => i + 1).join(' ')}.`;

/** What the service wrote down of everything a caller said. */
const heardOf = (caller: TestCaller) =>
  caller
    .ofType('user_transcript')
    .filter(({ isFinal }) => isFinal)
    .map(({ text }) => text);

function expectUnbroken(caller: TestCaller): void {
  expect(caller.isOpen).toBe(true);
  expect(caller.seqs).toEqual(caller.seqs.map((_, index) => index + 1));
}

describe('a primary that is killed with half of the workers', () => {
  const callers: TestCaller[] = [];
  const primary = () => shared.bed.primaries.worker[0]!;
  afterEach(async () => {
    await Promise.all(callers.splice(0).map((caller) => caller[Symbol.asyncDispose]()));
    await primary().stop();
    await primary().start();
    await allUp();
  });

  it('costs none of fifty callers the call, the silent, the speaking and the listening', async () => {
    await linesReady(shared.bed);
    for (let i = 0; i < 5; i++)
      callers.push(...(await Promise.all(Array.from({ length: 10 }, () => started()))));
    const speaking = callers.slice(0, 16);
    const listening = callers.slice(16, 32);
    const silent = callers.slice(32);
    for (const caller of listening) caller.send({ type: 'text.input', text: 'Tell me the story' });
    const words = 40;
    const said = (async () => {
      for (let number = 1; number <= words; number++) {
        for (const caller of speaking) caller.sendAudio(numberedWord(number));
        await sleep(100);
      }
      for (const caller of speaking) caller.send({ type: 'audio.commit' });
    })();
    await Promise.all(listening.map((caller) => caller.next('audio.chunk')));
    // The service has said all of it, and the workers know; most of it is still to be heard.
    await expect.poll(() => areWhole(listening), { timeout: 8000 }).toBe(true);
    primary().kill('SIGKILL');
    await said;

    await Promise.all(
      speaking.map(async (caller) => {
        await caller.next('response.end');
        expect(heardOf(caller)).toEqual([counted(words)]);
      }),
    );
    await Promise.all(
      listening.map(async (caller) => {
        await caller.next('response.end');
        expect(caller.lastTranscript).toBe(story);
      }),
    );
    await Promise.all(silent.map((caller) => caller.asks('Do you hear me?')));
    for (const caller of callers) expectUnbroken(caller);

    const gaps = callers.flatMap((caller) => caller.ofType('session.moved').map(({ gapMs }) => gapMs));
    expect(gaps.length).toBeGreaterThan(0);
    const sorted = gaps.toSorted((a, b) => a - b);
    console.log(
      `${gaps.length} calls moved, gap p50 ${sorted[gaps.length >> 1]} p95 ${sorted[Math.floor(gaps.length * 0.95)]} max ${sorted.at(-1)} ms`,
    );
  });
});

describe('a worker that is killed', () => {
  it('while a caller speaks into an open microphone loses none of the words', async () => {
    await using caller = await started({ voiceMode: 'open-mic' });
    caller.sendAudio(silence(500));
    for (let number = 1; number <= 20; number++) {
      caller.sendAudio(numberedWord(number));
      if (number === 10) await killWorkerOf(caller);
      await sleep(100);
    }
    for (let i = 0; i < 15; i++) {
      caller.sendAudio(silence(100));
      await sleep(100);
    }
    await caller.next('response.end');
    expect(heardOf(caller)).toEqual([counted(20)]);
    expectUnbroken(caller);
    await allUp();
  });

  it('while a tool runs has it run again, and told to be the same request', async () => {
    await using caller = await started();
    asked.length = 0;
    answerOrder = () => undefined;
    caller.send({ type: 'text.input', text: 'Where is my order?' });
    await caller.next('tool.call');
    await expect.poll(() => asked.length).toBe(1);
    answerOrder = (response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"state":"on its way"}');
    };
    await killWorkerOf(caller);
    await caller.next('response.end');
    expect(caller.lastTranscript).toBe('It is on its way.');
    expect(asked).toHaveLength(2);
    expect(asked[1]).toBe(asked[0]);
    expectUnbroken(caller);
    await allUp();
  });

  it('while it connects the voice service has another one do it', async () => {
    await using caller = await TestCaller.connect(shared.bed.wsUrl);
    caller.send({ type: 'session.start', voiceMode: 'open-mic' });
    await killWorkerOf(caller);
    const ready = await caller.next('provider.ready');
    expect(ready.voiceMode).toBe('open-mic');
    await caller.asks('Do you hear me?');
    expectUnbroken(caller);
    await allUp();
  });

  it('and has left a journal of another version ends the call with a clear reason, and no other call', async () => {
    await using other = await started();
    const caller = await started();
    await caller.asks('Do you hear me?');
    const worker = await workerOf(caller);
    // It would write its own journal over this one.
    process.kill(worker, 'SIGSTOP');
    await inRedis((redis, keys) => redis.hset(keys.journal(caller.sessionId!), 'data', '{"version":0}'));
    process.kill(worker, 'SIGKILL');
    expect(await caller.closed).toEqual({ code: 4026, reason: 'SESSION_GONE' });
    await shared.logged(/a call of a dead worker cannot be gone on with/);
    await shared.logged(/the journal is of version 0/);
    await other.asks('Do you hear me?');
    await allUp();
  });
});

describe('Redis', () => {
  it('that comes back empty is told again of everything: calls go on, and outlive their worker as before', async () => {
    const callers = await Promise.all(Array.from({ length: 6 }, () => started()));
    for (const caller of callers) await caller.asks('My name is Ada');
    const before = await Promise.all(callers.map((caller) => shared.pinOf(caller)));
    await inRedis((redis) => redis.flushall());
    await expect
      .poll(
        () =>
          inRedis((redis, keys) => redis.exists(...callers.map(({ sessionId }) => keys.journal(sessionId!)))),
        {
          timeout: 10_000,
        },
      )
      .toBe(callers.length);
    const after = await Promise.all(callers.map((caller) => shared.pinOf(caller)));
    for (const [i, pin] of after.entries()) expect(pin.epoch).toBeGreaterThanOrEqual(before[i]!.epoch);
    for (const caller of callers) expect(caller.ofType('session.moved')).toEqual([]);
    await killWorkerOf(callers[0]!);
    await callers[0]!.next('session.moved');
    for (const caller of callers) {
      await caller.asks('Do you hear me?');
      expectUnbroken(caller);
    }
    await Promise.all(callers.map((caller) => caller[Symbol.asyncDispose]()));
    await allUp();
  });

  it('in which somebody altered pins by hand costs nobody the call', async () => {
    await using rubbish = await started();
    await using stolen = await started();
    await inRedis(async (redis, keys) => {
      await redis.hset(keys.pin(rubbish.sessionId!), 'epoch', 'rubbish');
      await redis.hset(keys.pin(stolen.sessionId!), 'owner', 'nobody:0', 'epoch', Date.now() + 1000);
    });
    for (const caller of [rubbish, stolen]) await caller.asks('Do you hear me?');
    await expect.poll(() => stolen.ofType('session.moved').length).toBe(1);
    for (const caller of [rubbish, stolen]) {
      await caller.asks('Do you hear me?');
      expectUnbroken(caller);
    }
    expect(rubbish.ofType('session.moved')).toEqual([]);
  });

  it('in which somebody put something else in the place of keys takes no new calls, costs nobody theirs, and heals', async () => {
    await using caller = await started();
    await using other = await started();
    const own = (keys: ReturnType<typeof keysOf>) => [
      keys.pin(caller.sessionId!),
      keys.journal(caller.sessionId!),
    ];
    await inRedis(async (redis, keys) => {
      for (const key of [...own(keys), keys.workers]) {
        await redis.del(key);
        await redis.set(key, 'rubbish');
      }
    });
    for (const each of [caller, other]) await each.asks('Do you hear me?');
    expect(JSON.parse((await refusalOf(shared.bed.wsUrl)).body)).toMatchObject({ code: 'REDIS_AWAY' });
    await shared.logged(/"err":"WRONGTYPE.*heartbeat failed/);
    await shared.logged(/"err":"WRONGTYPE.*journals could not be written/);
    await inRedis(async (redis, keys) => {
      await redis.del(...own(keys), keys.workers);
    });
    const isWhole = () => inRedis((redis, keys) => redis.exists(...own(keys)));
    await expect.poll(isWhole, { timeout: 10_000 }).toBe(2);
    await allUp();
    await using next = await waitFor('a call that is taken', () => started());
    for (const each of [caller, other, next]) {
      await each.asks('Do you hear me?');
      expectUnbroken(each);
    }
  });
});
