import { startTestEmulator, type TestEmulator } from '@vjj/deploy/test-emulator.ts';
import { createLog } from '@vjj/shared/log.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openAIConnect, openAIConnections } from './openai-connect.ts';
import type { OpenedRealtime } from './openai-connection.ts';
import type { Conversation, ConversationEvents, ConversationSetup } from './provider.ts';
import { ProviderLimits } from './provider-limits.ts';
import { UsualSettings } from './usual-settings.ts';
import { WarmPool } from './warm-pool.ts';

const confirmation = 'session.updated';

let emulator: TestEmulator;
let pool: WarmPool<OpenedRealtime>;
let lost: string[];
let call: (change?: Partial<ConversationSetup>) => Promise<Conversation>;
const conversations: Conversation[] = [];

beforeAll(async () => {
  emulator = await startTestEmulator();
});
afterAll(() => emulator[Symbol.asyncDispose]());

beforeEach(() => {
  const settings = {
    apiKey: 'sk-test',
    baseUrl: emulator.baseUrl,
    model: 'gpt-realtime-2.1',
    transcriptionModel: 'gpt-transcribe',
    connectTimeoutMs: 2000,
    limits: new ProviderLimits(),
  };
  const usual = new UsualSettings(createLog('test', 'silent'));
  pool = new WarmPool(openAIConnections(settings), {
    ...{ min: 1, max: 1, room: () => 10, log: createLog('test', 'silent') },
    prepare: (connection) => usual.give(connection),
  });
  lost = [];
  const nothing = () => undefined;
  const events = new Proxy({} as ConversationEvents, {
    get: (_, name) => (name === 'onClosed' ? (id: string) => lost.push(id) : nothing),
  });
  const connect = openAIConnect(settings, pool, usual);
  call = async (change = {}) => {
    const turnDetection = { type: 'semantic_vad', eagerness: 'auto' } as const;
    const setup = { instructions: 'Be kind.', voice: 'marin', voiceMode: 'push-to-talk', tools: [] } as const;
    const conversation = await connect({ ...setup, turnDetection, ...change }, events);
    conversations.push(conversation);
    return conversation;
  };
});
afterEach(async () => {
  for (const conversation of conversations.splice(0)) conversation.close();
  pool.close();
  await emulator.clearFaults();
});

/** One call was had, and what is kept ready since then was given its settings. */
async function afterOneCall(): Promise<void> {
  await expect.poll(() => pool.size, { timeout: 5000 }).toBe(1);
  await call();
  await expect.poll(() => pool.size, { timeout: 5000 }).toBe(1);
}

it('a call that wants what the last one wanted waits for nothing', async () => {
  await afterOneCall();
  await emulator.fault({ kind: 'drop', type: confirmation });
  const conversation = await call();
  expect(conversation.isSimulated).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(lost).toEqual([]);
});

it('one that wants something else asks for it', async () => {
  await afterOneCall();
  await emulator.fault({ kind: 'drop', type: confirmation });
  await expect(call({ instructions: 'Be brief.' })).rejects.toThrow('not confirmed in time');
});

it('one whose connection died while it waited loses it as any call does', async () => {
  await afterOneCall();
  emulator.server.kill('SIGSTOP');
  try {
    await call();
    await expect.poll(() => lost, { timeout: 10_000 }).toEqual(['PROVIDER_LOST']);
  } finally {
    emulator.server.kill('SIGCONT');
  }
});

it('one that goes on with what was said before has another connection then', async () => {
  await afterOneCall();
  emulator.server.kill('SIGSTOP');
  const going = call({ history: [{ role: 'user', text: 'Hello?' }] });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  emulator.server.kill('SIGCONT');
  const conversation = await going;
  expect(conversation.isSimulated).toBe(true);
  expect(lost).toEqual([]);
});

it('settings that are refused leave the connection without', async () => {
  await expect.poll(() => pool.size, { timeout: 5000 }).toBe(1);
  await expect(call({ voice: 'nobody' })).rejects.toThrow('voice');
  await expect.poll(() => pool.size, { timeout: 5000 }).toBe(1);
  await call();
});
