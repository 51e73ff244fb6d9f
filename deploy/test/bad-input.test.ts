import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { LinkConnection } from '@vjj/shared/link/connection.ts';
import { decodeClose, FrameKind } from '@vjj/shared/link/frames.ts';
import { openLink } from '@vjj/shared/link/handshake.ts';
import { Redis } from 'ioredis';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { opcode, RawCaller, refusalOf } from './raw-caller.ts';
import { linkSecret, sharedTestbed } from './shared-testbed.ts';
import { tone } from './sounds.ts';
import { TestCaller } from './test-caller.ts';

/** Long enough that a test which is itself held up is not taken for dead. */
const pingPeriodMs = 4000;
const shared = sharedTestbed({
  workers: 1,
  env: { PING_PERIOD_MS: String(pingPeriodMs), OUTPUT_LEAD_MS: '10000' },
  script: {
    heard: ['Where does the rhinoceros sleep?'],
    answers: [{ when: 'story', answerMs: 12_000 }, { say: 'Yes.' }],
    speedUp: 1000,
  },
  neverLogged: ['rhinoceros', 'platypus'],
});

/** Another call on the same worker: it is answered after each of these tests as if nothing had been. */
let bystander: TestCaller;
/** Says nothing and answers nothing; nobody waits for it until its test comes. */
let mute: RawCaller;
let workerPid: number;

beforeAll(async () => {
  bystander = await TestCaller.started(shared.bed.wsUrl);
  mute = await RawCaller.open(shared.bed.wsUrl);
  workerPid = (await shared.bed.status()).workers[0]!.pid;
});

afterEach(async () => {
  await bystander.asks('Is anybody there?');
  expect((await shared.bed.status()).workers).toMatchObject([{ state: 'up', pid: workerPid }]);
});

const started = (start: Parameters<typeof TestCaller.started>[1] = {}) =>
  TestCaller.started(shared.bed.wsUrl, start);

/** Whether a gateway has logged that it closed this session for that reason. */
function wasClosed(sessionId: string, code: string): boolean {
  const lines = shared.bed.logs().split('\n');
  return lines.some((line) => line.includes(sessionId) && line.includes(`"code":"${code}"`));
}

describe('a message that makes no sense is told so, and the call goes on', () => {
  const text = (frame: unknown) => (typeof frame === 'string' ? frame : JSON.stringify(frame));
  const invalidUtf8 = Buffer.from([0x7b, 0xff, 0xfe, 0xc3, 0x28, 0x7d]);

  it.each([
    ['text that is no JSON', 'hello', 'NOT_JSON'],
    ['JSON that is no object', [1, 2], 'NOT_JSON'],
    ['an object without a type', { kind: 'audio.commit' }, 'NOT_JSON'],
    ['an unknown type', { type: 'audio.play' }, 'UNKNOWN_TYPE'],
    ['a type that is a part of every object', { type: 'constructor' }, 'UNKNOWN_TYPE'],
    ['a mode nobody knows', { type: 'session.set_mode', voiceMode: 'shouting' }, 'BAD_FIELD'],
    ['text that is a number', { type: 'text.input', text: 5 }, 'BAD_FIELD'],
    ['text without end', { type: 'text.input', text: 'x'.repeat(10_000) }, 'BAD_FIELD'],
    ['a time before the beginning', { type: 'audio.cancel', playedMs: -1 }, 'BAD_FIELD'],
    ['audio that is a number', { type: 'audio.chunk', data: 7 }, 'BAD_FIELD'],
    ['audio of another rate', { type: 'audio.chunk', data: '', sampleRate: 8000 }, 'BAD_FIELD'],
    ['audio that is not base64', { type: 'audio.chunk', data: '!platypus!' }, 'BAD_BASE64'],
    ['half a sample', { type: 'audio.chunk', data: Buffer.alloc(3).toString('base64') }, 'ODD_PCM'],
    ['an agent there is not', { type: 'session.start', agent: 'platypus' }, 'UNKNOWN_AGENT'],
  ])('%s', async (_name, frame, code) => {
    await using caller = await TestCaller.connect(shared.bed.wsUrl);
    caller.sendRaw(text(frame));
    expect(await caller.next('error')).toMatchObject({ code, retryable: false });
    caller.send({ type: 'session.start' });
    await caller.next('provider.ready');
    expect(caller.ofType('error')).toHaveLength(1);
  });

  it('text that is no UTF-8', async () => {
    using caller = await RawCaller.open(shared.bed.wsUrl);
    caller.frame(opcode.text, invalidUtf8);
    caller.send({ type: 'session.start' });
    await expect.poll(() => caller.messages.map(({ type }) => type)).toContain('provider.ready');
    expect(caller.messages.filter(({ type }) => type === 'error')).toMatchObject([{ code: 'NOT_JSON' }]);
  });

  it.each([
    ['audio', { type: 'audio.chunk', data: tone(20).toString('base64') }],
    ['a typed turn', { type: 'text.input', text: 'hello' }],
    ['a barge-in', { type: 'user.barge_in' }],
    ['a change of mode', { type: 'session.set_mode', voiceMode: 'open-mic' }],
  ])('%s before session.start', async (_name, message) => {
    await using caller = await TestCaller.connect(shared.bed.wsUrl);
    caller.sendRaw(JSON.stringify(message));
    expect(await caller.next('error')).toMatchObject({ code: 'NOT_STARTED' });
  });

  it('binary audio before session.start, and without asking for it', async () => {
    await using caller = await TestCaller.connect(shared.bed.wsUrl);
    caller.sendRaw(new Uint8Array(tone(20)));
    expect(await caller.next('error')).toMatchObject({ code: 'NOT_STARTED' });
    caller.send({ type: 'session.start' });
    await caller.next('provider.ready');
    caller.sendRaw(new Uint8Array(tone(20)));
    expect(await caller.next('error')).toMatchObject({ code: 'BINARY_NOT_ASKED' });
  });

  it('half a sample in binary', async () => {
    await using caller = await started({ audio: 'binary' });
    caller.sendRaw(new Uint8Array(3));
    expect(await caller.next('error')).toMatchObject({ code: 'ODD_PCM' });
    await caller.asks('Are you there?');
  });
});

describe('a client that takes more than its share is told why, and let go', () => {
  it('a frame of 70 KiB', async () => {
    const caller = await started();
    caller.sendRaw('x'.repeat(70 * 1024));
    expect(await caller.next('error')).toMatchObject({ code: 'FRAME_TOO_LARGE', retryable: false });
    expect(await caller.closed).toMatchObject({ code: 4510, reason: 'FRAME_TOO_LARGE' });
  });

  it('a frame beyond what is held in memory: the WebSocket itself ends, by its own code', async () => {
    const caller = await started();
    caller.sendRaw('x'.repeat(200 * 1024));
    expect(await caller.closed).toMatchObject({ code: 1009 });
  });

  it('audio at ten times real time', async () => {
    const caller = await started({ audio: 'binary' });
    const second = new Uint8Array(tone(1000));
    for (let sent = 0; sent < 100; sent++) caller.sendRaw(second);
    expect(await caller.next('error')).toMatchObject({ code: 'TOO_MUCH_AUDIO', retryable: true });
    expect(await caller.closed).toMatchObject({ code: 4011, reason: 'TOO_MUCH_AUDIO' });
  });

  it('more than 150 frames a second, after a burst', async () => {
    const caller = await started({ audio: 'binary' });
    for (let sent = 0; sent < 3000; sent++) caller.sendRaw(new Uint8Array(2));
    expect(await caller.next('error')).toMatchObject({ code: 'TOO_MANY_FRAMES', retryable: true });
    expect(await caller.closed).toMatchObject({ code: 4012, reason: 'TOO_MANY_FRAMES' });
  });

  it('more than 50 control messages a second', async () => {
    const caller = await started();
    for (let sent = 0; sent < 500; sent++) caller.send({ type: 'ack', seq: sent });
    expect(await caller.next('error')).toMatchObject({ code: 'TOO_MANY_MESSAGES', retryable: true });
    expect(await caller.closed).toMatchObject({ code: 4010, reason: 'TOO_MANY_MESSAGES' });
  });

  it('nonsense counts as control messages', async () => {
    const caller = await started();
    for (let sent = 0; sent < 500; sent++) caller.sendRaw('nonsense');
    expect(await caller.closed).toMatchObject({ code: 4010, reason: 'TOO_MANY_MESSAGES' });
  });
});

describe('a client that does not take part', () => {
  it('reads nothing: it is let go as a slow consumer', async () => {
    using caller = await RawCaller.open(shared.bed.wsUrl);
    caller.send({ type: 'session.start' });
    await expect.poll(() => caller.messages.map(({ type }) => type)).toContain('provider.ready');
    caller.stopReading();
    const { sessionId = '' } = caller.messages[0]!;
    // Each turn makes seconds of audio, sent ahead, and repeats the caller's own words.
    const longWords = 'the story of the platypus '.repeat(300);
    await expect
      .poll(
        () => {
          caller.send({ type: 'text.input', text: longWords });
          return wasClosed(sessionId, 'SLOW_CONSUMER');
        },
        { timeout: 30_000, interval: 250 },
      )
      .toBe(true);
    caller.readOn();
    await caller.gone;
  });

  it('sends bytes that are no WebSocket: it is cut off', async () => {
    using caller = await RawCaller.open(shared.bed.wsUrl);
    caller.bytes(Buffer.alloc(4096, 0xff));
    await caller.gone;
    expect(caller.closeFrame).toMatchObject({ code: 1002 });
  });
});

describe('a stranger at the port', () => {
  it('who speaks no HTTP gets 400', async () => {
    const { hostname, port } = new URL(shared.bed.url);
    const socket = connect(Number(port), hostname);
    socket.write('\x16\x03\x01\x02 what is this\r\n\r\n');
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(['/elsewhere', '/ws/', '//', '/%'])('who upgrades at %s gets 404', async (path) => {
    const { status, body } = await refusalOf(shared.bed.wsUrl + path);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ code: 'NOT_FOUND', retryable: false });
  });

  it.each(['https://elsewhere.example', 'null', 'nonsense'])('of origin %s gets 403', async (origin) => {
    const { status, body } = await refusalOf(`${shared.bed.wsUrl}/ws`, { headers: { Origin: origin } });
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ code: 'BAD_ORIGIN', retryable: false });
  });

  it('who asks for an upgrade that is no WebSocket gets 400, and no place on a worker', async () => {
    const { status } = await refusalOf(shared.bed.wsUrl, { headers: { 'Sec-WebSocket-Key': 'short' } });
    expect(status).toBe(400);
    const { workers } = await shared.bed.status();
    const keys = keysOf(shared.bed.clusterName);
    const redis = new Redis(shared.bed.redisUrl);
    try {
      await expect.poll(() => redis.zcard(keys.reservedPrefix + workers[0]!.id)).toBe(0);
    } finally {
      redis.disconnect();
    }
  });
});

describe('a stranger at the link between gateways and workers', () => {
  const link = async () => {
    const { linkPath } = (await shared.bed.registry()).workers[0]!;
    expect(existsSync(linkPath)).toBe(true);
    return connect({ path: linkPath });
  };
  const refusedLinks = () => {
    const isTold = (line: string) => line.includes('"level":"warn"') && line.includes('"a link was refused"');
    return shared.bed.logs().split('\n').filter(isTold).length;
  };

  it('who sends garbage is hung up on, which is told, and not of who only looks whether somebody listens', async () => {
    const before = refusedLinks();
    for (let i = 0; i < 5; i++) {
      const looking = await link();
      await once(looking, 'connect');
      looking.destroy();
    }
    const socket = await link();
    socket.write(Buffer.alloc(200_000, 0x41));
    await textOf(socket);
    await expect.poll(refusedLinks).toBe(before + 1);
  });

  it('who does not know the secret is hung up on', async () => {
    const before = refusedLinks();
    const socket = await link();
    await expect(openLink(socket, 'some other secret')).rejects.toThrow('hung up');
    await expect.poll(refusedLinks).toBe(before + 1);
  });

  it('who knows it and then sends no frames loses the link', async () => {
    const socket = await link();
    await openLink(socket, linkSecret);
    socket.write(Buffer.alloc(64, 0xff));
    await textOf(socket);
  });

  it('who knows it and invents, repeats or breaks off frames of a call gets nothing of it', async () => {
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    const { workers } = await shared.bed.registry();
    const socket = connect({ path: workers.find(({ id }) => id === caller.worker)!.linkPath });
    await openLink(socket, linkSecret);
    const closes: string[] = [];
    const other: FrameKind[] = [];
    const stranger = new LinkConnection(
      socket,
      (kind, stream, _, payload) =>
        kind === FrameKind.close ? closes.push(`${stream} ${decodeClose(payload).reason}`) : other.push(kind),
      () => undefined,
    );
    const open = { session: caller.sessionId, epoch: 1, connection: 'invented' };
    const takeover = { owner: 'x', epoch: 1, seq: 0, elapsedMs: 0, firstFrame: 1, lastFrame: 0 };
    stranger.send(FrameKind.open, 1, 0, JSON.stringify(open));
    stranger.send(FrameKind.open, 2, 0, JSON.stringify({ ...open, takeover }));
    stranger.send(FrameKind.open, 3, 0, JSON.stringify({ ...open, resume: { token: 'a.b', seq: 0 } }));
    stranger.send(FrameKind.text, 4, 1, '{"type":"session.end"}');
    stranger.send(FrameKind.close, 4, 0);
    await expect.poll(() => closes).toEqual(['1 INTERNAL', '2 REPLACED', '3 BAD_TOKEN']);
    // What it is told is why, and nothing else.
    expect(other).toEqual([FrameKind.text, FrameKind.text, FrameKind.text]);
    stranger.send(FrameKind.open, 5, 0, JSON.stringify(open).slice(0, 20));
    await textOf(socket);
    await caller.asks('Are you there?');
    expect(caller.ofType('error')).toEqual([]);
  });
});

// Last, since it takes its time by itself.
describe('a client that answers no ping', () => {
  it('is told NOT_ALIVE, and cut off when it does not answer that either', async () => {
    await mute.gone;
    expect(mute.messages.at(-1)).toMatchObject({ type: 'error', code: 'NOT_ALIVE' });
    expect(mute.closeFrame).toEqual({ code: 4009, reason: 'NOT_ALIVE' });
    expect(mute.frames.filter((frame) => frame.opcode === opcode.ping)).toHaveLength(2);
  });
});

/** All that a socket says until it ends, however it ends. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
  return text;
}
