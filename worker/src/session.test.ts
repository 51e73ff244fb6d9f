import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortTempFolder } from '@vjj/deploy/temp-folder.ts';
import { startTestEmulator, type TestEmulator } from '@vjj/deploy/test-emulator.ts';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { bytesOf } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { readConfig } from '@vjj/shared/config.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { FrameKind } from '@vjj/shared/link/frames.ts';
import { createLog } from '@vjj/shared/log.ts';
import type { ClientMessage } from '@vjj/shared/protocol/messages.ts';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { CallerOutput } from './caller-output.ts';
import { testEvidence } from './evidence/test-evidence.ts';
import { CallRecord } from './journal/call-record.ts';
import type { JournalEntry } from './journal/journal-entry.ts';
import { createResources, type Resources } from './resources.ts';
import { ServiceLine, type ServiceLineEvents } from './service-line.ts';
import { Session } from './session.ts';
import type { SessionDependencies } from './session-dependencies.ts';

const log = createLog('test', 'silent');
const folder = shortTempFolder();
const renewMs = 1000;
const speech = (ms: number) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(8000).buffer);
let emulator: TestEmulator;
let redisServer: TestRedis;
let redis: ReturnType<typeof openRedis>;
let resources: Resources;
let config: ReturnType<typeof readConfig>;

beforeAll(async () => {
  [emulator, redisServer] = await Promise.all([startTestEmulator(), startTestRedis()]);
  config = readConfig({
    ...{ LINK_SECRET: 'not needed for this', REDIS_URL: redisServer.url, OPENAI_BASE_URL: emulator.baseUrl },
    ...{ LOCAL_KEY_DIR: join(folder, 'keys'), VOICE_CACHE_DIR: join(folder, 'voice'), ENABLE_RAG: 'false' },
    // Connections that wait for a caller would be counted as calls.
    ...{ WARM_POOL_MIN: '0', WARM_POOL_MAX: '0', PROVIDER_RENEW_MS: String(renewMs) },
  });
  redis = openRedis(redisServer.url).on('error', () => undefined);
  const keys = keysOf('test');
  resources = await createResources({ config, log, redis, keys, providerRoom: () => 10 });
});
afterAll(async () => {
  resources.close();
  await resources.memory?.close();
  redis.disconnect();
  await Promise.all([emulator, redisServer].map((server) => server[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true });
});
afterEach(() => emulator.clearFaults());

/** A call on this worker, with its caller's end in the test's hands. */
function call() {
  const told: { type: string }[] = [];
  const begun: string[] = [];
  let timesAdrift = 0;
  const { evidence } = testEvidence();
  const connected = Promise.withResolvers<void>();
  const send = (kind: FrameKind, _number: number, payload: Buffer | string) => {
    if (kind === FrameKind.text) told.push(JSON.parse(payload.toString()));
  };
  const deps: SessionDependencies = {
    ...{ config, log, ticker: new Ticker(20) },
    ...{ agents: resources.agents, connect: resources.connect, phrases: resources.phrases },
    memory: resources.memory,
    output: new CallerOutput({ send, end: () => undefined }),
    evidence: {
      isFull: () => false,
      begin: ({ agent }) => {
        begun.push(agent);
        return evidence;
      },
    },
    resumeToken: () => 'token',
    onProvider: () => connected.resolve(),
    onChanged: () => undefined,
    onAdrift: () => timesAdrift++,
    onEnd: () => undefined,
  };
  const session = new Session('s', 'w', 'connection', deps);
  let frames = 0;
  return {
    session,
    deps,
    told,
    begun,
    evidence,
    connected: connected.promise,
    timesAdrift: () => timesAdrift,
    was: (type: string) => expect.poll(() => told.map((message) => message.type)).toContain(type),
    say: (message: ClientMessage) => session.onFrame(Buffer.from(JSON.stringify(message)), false, ++frames),
  };
}

const state = async () => {
  const response = await fetch(`${new URL(emulator.baseUrl).origin}/emulator/state`);
  return (await response.json()) as {
    sessions: { live: number; total: number };
    events: Record<string, number>;
  };
};
const live = async () => (await state()).sessions.live;
const total = async () => (await state()).sessions.total;

const entry: JournalEntry = {
  ...{ version: 1, start: {}, mode: 'push-to-talk', isReady: true, connection: 'connection', frame: 3 },
  ...{ speaker: { state: 'LISTENING', answer: 1, isAnnounced: false }, summary: '', turns: [], turn: 1 },
  ...{ isAwaitingWords: false, done: [], seq: 5, generation: 1, oldestGeneration: 1 },
};

it('who hangs up before it is known how often they called leaves no conversation behind', async () => {
  const { session, connected, say } = call();
  session.begin();
  redisServer.server.kill('SIGSTOP');
  try {
    say({ type: 'session.start', fingerprint: 'a browser' });
    await connected;
    say({ type: 'session.end' });
    // So long a call waits for the number at most.
    await sleep(100);
  } finally {
    redisServer.server.kill('SIGCONT');
  }
  await expect.poll(live).toBe(0);
});

/** The line of a call to the service, and what the call says to it. */
function serviceLine(says: Partial<ServiceLineEvents>) {
  const { deps, evidence } = call();
  return new ServiceLine(
    { ...deps, evidence, record: new CallRecord('s') },
    {
      mode: () => 'push-to-talk',
      isOver: () => false,
      isReplaceable: () => false,
      onDue: () => undefined,
      recall: async () => undefined,
      onProvider: () => undefined,
      onFailed: () => undefined,
      onLost: () => undefined,
      ...says,
    },
  );
}

it('a connection that comes when the call is over is not to be replaced in its turn', async () => {
  let isOver = false;
  let asked = 0;
  const line = serviceLine({
    isOver: () => isOver,
    isReplaceable: () => {
      asked++;
      return false;
    },
  });
  const begun = (await line.connect(resources.agents.get('default')!, false))!;
  const renewed = line.renew(begun);
  isOver = true;
  line.end();
  expect(await renewed).toBe(false);
  await expect.poll(live).toBe(0);
  await sleep(renewMs + 200);
  expect(asked).toBe(0);
});

it('each connection of a call is told what is known of the caller', async () => {
  const told = async () => (await state()).events['conversation.item.added'] ?? 0;
  const before = await told();
  const line = serviceLine({ recall: async () => 'They like herons.' });
  const begun = (await line.connect(resources.agents.get('default')!, false))!;
  onTestFinished(() => {
    line.end();
    begun.conversation.close();
  });
  await expect.poll(told).toBe(before + 1);
  expect(await line.renew(begun)).toBe(true);
  await expect.poll(told).toBe(before + 2);
});

it.each(['restored', 'begun again'])(
  'a call that ended while its journal was read is not %s',
  async (how) => {
    const before = await total();
    const { session, begun, told } = call();
    session.awaitRestore();
    session.end();
    const inheritance = { cause: 'worker_lost', seq: 5, soundMs: 0, lastFrame: 3 } as const;
    if (how === 'restored') {
      await session.restore(
        { ...inheritance, entry, connection: 'connection', received: 0 },
        () => undefined,
      );
    } else {
      session.beginAgain(
        { ...inheritance, owner: 'v', epoch: 1, elapsedMs: 0, firstFrame: 1, again: false },
        0,
      );
    }
    await sleep(100);
    expect(begun).toEqual([]);
    expect(told).toEqual([]);
    expect(await total()).toBe(before);
  },
);

it('speech that the service noticed before the caller changed to push-to-talk is not waited for any more', async () => {
  const { session, say, was } = call();
  session.begin();
  say({ type: 'session.start', voiceMode: 'open-mic' });
  await was('provider.ready');
  await emulator.fault({ kind: 'delay', ms: 500 });
  say({ type: 'audio.chunk', data: speech(500).toString('base64') });
  await sleep(100);
  say({ type: 'session.set_mode', voiceMode: 'push-to-talk' });
  await expect.poll(async () => (await state()).events['input_audio_buffer.speech_started']).toBe(1);
  await expect.poll(() => session.isMovable).toBe(true);
  say({ type: 'audio.commit' });
  await was('commit.skipped');
  session.end();
});

it('a connection that dies while it is being replaced is missed by nobody', async () => {
  const before = await total();
  const { session, say, was, timesAdrift } = call();
  await emulator.fault({ kind: 'close', code: 1006, afterMs: renewMs + 300, times: 1 });
  session.begin();
  say({ type: 'session.start' });
  await was('provider.ready');
  // The next one takes its time.
  await emulator.fault({ kind: 'delay', ms: 800 });
  await expect.poll(total, { timeout: 5000 }).toBe(before + 2);
  await expect.poll(live).toBe(1);
  await expect.poll(() => session.isMovable, { timeout: 5000 }).toBe(true);
  expect(timesAdrift()).toBe(0);
  session.end();
});
