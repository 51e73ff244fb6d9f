import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { bytesOf } from '@vjj/shared/audio.ts';
import { encryptedClient, encryptedServer } from '@vjj/shared/link/encryption.ts';
import { OpenAI } from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { expect, it, onTestFinished } from 'vitest';
import { type ClientOptions, type WebSocket, WebSocketServer } from 'ws';
import { portOf } from '../host.ts';
import { OpenedRealtime } from './openai-connection.ts';
import { RealtimeConversation } from './openai-realtime.ts';
import type { ConversationEvents } from './provider.ts';
import { ProviderLimits } from './provider-limits.ts';

const secret = 'a secret of the test alone';
const frameMs = 40;
const frame = Buffer.alloc((bytesOf(frameMs) * 4) / 3, 'A');

/** A conversation over TLS, as with the real service: what is sent waits in this process until the turn of the loop is over. */
async function conversation() {
  const server = createServer(encryptedServer(secret));
  const sockets = new WebSocketServer({ server });
  const service = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const way = () => connect({ port: portOf(server), host: '127.0.0.1', ...encryptedClient(secret) });
  const options: ClientOptions = { perMessageDeflate: false, createConnection: way as never };
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `https://127.0.0.1:${portOf(server)}/v1` });
  const realtime = new OpenAIRealtimeWS({ model: 'gpt-realtime-2.1', options }, client);
  realtime.on('error', () => undefined);
  const there = await service;
  await new Promise((resolve) => realtime.socket.once('open', resolve));
  onTestFinished(() => {
    there.terminate();
    server.close();
  });
  let heard = 0;
  let asked = 0;
  there.on('message', () => heard++);
  there.on('ping', () => asked++);
  const lost: string[] = [];
  const events = new Proxy({} as ConversationEvents, {
    get: (_, name) => (name === 'onClosed' ? (_id: string, why: string) => lost.push(why) : () => undefined),
  });
  const talk = new RealtimeConversation(
    new OpenedRealtime(realtime, false),
    {
      ...{ instructions: '', voice: 'marin', voiceMode: 'push-to-talk', tools: [] },
      turnDetection: { type: 'semantic_vad', eagerness: 'auto' },
    },
    events,
    new ProviderLimits(),
  );
  onTestFinished(() => talk.close());
  const say = (ms: number) => {
    for (let at = 0; at < ms; at += frameMs) talk.appendAudio(frame);
  };
  return { say, lost, there, heard: () => heard, asked: () => asked };
}

it('a minute of speech that is repeated at once reaches a service that reads', async () => {
  const { say, lost, heard } = await conversation();
  say(60_000);
  await expect.poll(heard, { timeout: 10_000 }).toBe(60_000 / frameMs);
  say(frameMs);
  expect(lost).toEqual([]);
});

it('a service that takes nothing for ten seconds is given up, and one with far too much unread at once', async () => {
  const [still, drowned] = await Promise.all([conversation(), conversation()]);
  still.there.pause();
  drowned.there.pause();
  drowned.say(150_000);
  expect(drowned.lost).toHaveLength(1);
  // More than the kernel takes.
  still.say(120_000);
  await sleep(1000);
  still.say(frameMs);
  expect(still.lost).toEqual([]);
  // Ten seconds to the millisecond would be too early now and then.
  await sleep(10_500);
  still.say(frameMs);
  expect(still.lost).toEqual([expect.stringContaining('does not read')]);
});

it('a service that is gone without a word is noticed while it is spoken to, and no other', async () => {
  const [gone, silent, resting] = await Promise.all([conversation(), conversation(), conversation()]);
  gone.there.pause();
  const speaking = setInterval(() => {
    gone.say(frameMs);
    silent.say(frameMs);
  }, frameMs);
  onTestFinished(() => clearInterval(speaking));
  await expect
    .poll(() => gone.lost, { timeout: 20_000 })
    .toEqual([expect.stringContaining('gives no sign of life')]);
  await sleep(2000);
  expect(silent.lost).toEqual([]);
  expect(silent.asked()).toBeGreaterThan(0);
  // Nobody owes an answer to somebody who says nothing.
  expect(resting.lost).toEqual([]);
  expect(resting.asked()).toBe(0);
}, 40_000);
