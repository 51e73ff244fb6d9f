import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { TimerWheel } from '../emulator/timer-wheel.ts';
import { BenchCaller, Seen } from './caller.ts';
import { dialects } from './dialect.ts';
import type { Pattern } from './pattern.ts';

const openMic: Pattern = {
  voiceMode: 'open-mic',
  speechFrames: 2,
  silenceFrames: 4,
  pauseMs: 0,
  interruptedIn: 0,
};
const speech = dialects.json.speech.payload.toString().slice(-100);

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

/** A service that greets callers, and says this after each `speechFrames` frames of speech. */
async function talkedTo(says: readonly string[]): Promise<Seen> {
  const server = new WebSocketServer({ port: 0 });
  ending.push(() => server.close());
  server.on('connection', (socket: WebSocket) => {
    let spoken = 0;
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.includes('"session.start"')) socket.send('{"type":"provider.ready"}');
      if (text.includes('"session.end"')) socket.close();
      if (text.endsWith(speech) && ++spoken % openMic.speechFrames === 0)
        for (const message of says) socket.send(message);
    });
  });
  const seen = new Seen();
  const wheel = new TimerWheel();
  ending.push(() => wheel.close());
  const caller = new BenchCaller({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dialect: dialects.json,
    pattern: openMic,
    answerMs: 100,
    wheel,
    seen,
    index: 0,
  });
  expect(await caller.ready).toBe(true);
  seen.isOn = true;
  // The first of it is the end of a turn.
  caller.talk(0.9);
  await expect.poll(() => seen.turns, { timeout: 5000 }).toBe(2);
  await caller.finish();
  await caller.end();
  return seen;
}

const audio = '{"type":"audio.chunk","data":"AA==","lane":"B","seq":1}';

it.each([
  ['the end of speech was not noticed', []],
  ['no answer until the next turn', ['{"type":"speech.stopped"}']],
])('%s: every turn of an open microphone without an answer is an error', async (what, says) => {
  const seen = await talkedTo(says);
  expect(Object.fromEntries(seen.errors)).toEqual({ [what]: 2 });
  expect(seen).toMatchObject({ turns: 2, answers: 0 });
});

it('every turn that was answered is counted, the last one too', async () => {
  const seen = await talkedTo(['{"type":"speech.stopped"}', '{"type":"response.start"}', audio]);
  expect(seen).toMatchObject({ turns: 2, answers: 2 });
  expect(seen.ttfbResponseMs).toHaveLength(2);
  expect(seen.errors.size).toBe(0);
});
