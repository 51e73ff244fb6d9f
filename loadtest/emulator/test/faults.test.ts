import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { SessionPatch } from '../script.ts';
import { type Emulator, startEmulator } from '../server.ts';
import { control, openaiFor, silence, TestSession } from './client.ts';

let emulator: Emulator;
const open: TestSession[] = [];

beforeAll(async () => {
  emulator = await startEmulator({
    script: { speedUp: 40, firstAudioMs: 10, answers: [{ say: 'Good day to you.' }] },
  });
});

afterEach(async () => {
  for (const session of open.splice(0)) session.close();
  await control(emulator.url, 'POST', 'reset');
});

afterAll(() => emulator.close());

function connect(patch: SessionPatch = {}): TestSession {
  const session = new TestSession(emulator.url, patch);
  open.push(session);
  return session;
}

async function answered(session: TestSession): Promise<TestSession> {
  await session.next('session.created');
  session.send({ type: 'response.create' });
  await session.next('response.done');
  return session;
}

/** The status a handshake is refused with. */
function refusal(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { socket } = new TestSession(url).realtime;
    socket.on('unexpected-response', (_request, response) => {
      expect(response.headers['x-emulator']).toBe('voice-jib-jab');
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('open', () => reject(new Error('the handshake was let in')));
  });
}

test('a handshake is refused as often as ordered, then let in', async () => {
  await control(emulator.url, 'POST', 'faults', { kind: 'handshake', status: 429, times: 1 });
  await control(emulator.url, 'POST', 'faults', { kind: 'handshake', status: 401, times: 1 });
  expect(await refusal(emulator.url)).toBe(429);
  expect(await refusal(emulator.url)).toBe(401);
  expect(await control(emulator.url, 'GET', 'faults')).toMatchObject({
    faults: [
      { status: 429, struck: 1, isSpent: true },
      { status: 401, struck: 1, isSpent: true },
    ],
  });
  await answered(connect());
});

test.each([1001, 1006, 4000] as const)(
  'the socket is closed with %i in the middle of an answer',
  async (code) => {
    const session = connect({
      faults: [{ kind: 'close', code, on: 'response.output_audio.delta', afterMs: 0 }],
    });
    session.send({ type: 'response.create' });
    await session.next('session.created');
    session.send({ type: 'response.create' });
    expect((await session.closed).code).toBe(code);
    expect(session.types()).not.toContain('response.done');
  },
);

test('a fault ordered while a session lives reaches it, and no other', async () => {
  const [one, other] = [connect(), connect()];
  const { session } = await one.next('session.created');
  const id = (session as unknown as { id: string }).id;
  await answered(other);
  await control(emulator.url, 'POST', 'faults', {
    kind: 'close',
    code: 1001,
    afterMs: 1,
    match: { sessionId: id },
  });
  expect((await one.closed).code).toBe(1001);
  other.send({ type: 'response.create' });
  await other.next('response.done');
});

test('events are swallowed, doubled, late and out of their usual order as ordered', async () => {
  const session = await answered(
    connect({
      faults: [
        { kind: 'drop', type: 'response.output_audio_transcript.done' },
        { kind: 'duplicate', type: 'response.output_audio.done' },
        { kind: 'delay', ms: 30, jitterMs: 20 },
        { kind: 'reorder' },
      ],
    }),
  );
  const types = session.events.map((event) => event.type);
  expect(types).not.toContain('response.output_audio_transcript.done');
  expect(types.filter((type) => type === 'response.output_audio.done')).toHaveLength(2);
  expect(types.indexOf('response.output_item.done')).toBeLessThan(
    types.lastIndexOf('conversation.item.done'),
  );
  expect(types.indexOf('rate_limits.updated')).toBeLessThan(types.indexOf('response.done'));
  const deltas = session.events.filter((event) => event.type === 'response.output_audio_transcript.delta');
  expect(deltas.map((event) => event.delta).join('')).toBe('Good day to you.');
});

test('a stall holds everything back, then lets it all through', async () => {
  const stalled = connect({
    faults: [{ kind: 'stall', ms: 60_000, on: 'response.output_audio.delta', times: 1 }],
  });
  const brief = connect({ faults: [{ kind: 'stall', ms: 50, on: 'response.output_audio.delta', times: 1 }] });
  await stalled.next('session.created');
  stalled.send({ type: 'response.create' });
  const { response } = await stalled.next('response.created');
  await answered(brief);
  expect(brief.types()).toContain('response.output_audio.delta');
  await vi.waitFor(async () => {
    const report = await control(emulator.url, 'GET', `report?response=${response.id}`);
    expect(report).toMatchObject({ responses: [{ status: 'completed' }] });
  });
  expect(stalled.types()).not.toContain('response.output_audio.delta');
});

test('error events come when ordered and leave the session open', async () => {
  const error = { type: 'server_error', code: 'overloaded', message: 'Too much.', param: null };
  const session = connect({
    faults: [{ kind: 'error', error, afterMs: 0, on: 'response.created', times: 1 }],
  });
  await answered(session);
  expect(session.events.find((event) => event.type === 'error')).toMatchObject({ error });
  await answered(connect());
});

test('a response fails after some of its audio', async () => {
  const session = connect({
    faults: [{ kind: 'fail-response', code: 'server_error', message: 'Sorry.', afterAudioMs: 200, times: 1 }],
  });
  await session.next('session.created');
  session.send({ type: 'response.create' });
  const { response } = await session.next('response.done');
  expect(response.status).toBe('failed');
  expect(response.status_details?.error).toMatchObject({ code: 'server_error' });
  session.send({ type: 'response.create' });
  expect((await session.next('response.done')).response.status).toBe('completed');
});

test('a slow reader lets the sender’s buffer grow', async () => {
  const session = connect({ faults: [{ kind: 'slow-reader', bytesPerSecond: 20_000 }] });
  await session.next('session.created');
  // More than the kernel's buffers take.
  const piece = silence(10_000).toString('base64');
  for (let at = 0; at < 24; at++) session.send({ type: 'input_audio_buffer.append', audio: piece });
  await control(emulator.url, 'GET', 'state');
  expect(session.realtime.socket.bufferedAmount).toBeGreaterThan(1_000_000);
});

test('a session ends after its longest time', async () => {
  const session = connect({ sessionMaxMs: 30 });
  expect((await session.closed).code).toBe(1001);
});

test('an HTTP route fails as often as ordered', async () => {
  await control(emulator.url, 'POST', 'faults', { kind: 'http', path: '/v1/audio', status: 401, times: 1 });
  await control(emulator.url, 'POST', 'faults', {
    kind: 'http',
    path: '/v1/embeddings',
    hang: true,
    times: 1,
  });
  const client = openaiFor(emulator.url);
  const speak = () =>
    client.audio.speech.create({
      model: 'gpt-4o-mini-tts',
      voice: 'alloy',
      input: 'Yes.',
      response_format: 'pcm',
    });
  await expect(speak()).rejects.toMatchObject({ status: 401 });
  expect((await speak()).status).toBe(200);
  const embed = (timeout: number) =>
    client.embeddings.create({ model: 'text-embedding-3-small', input: 'a' }, { timeout });
  await expect(embed(50)).rejects.toThrow(/timed out/i);
  expect((await embed(5000)).data).toHaveLength(1);
});

test('a wrong script or fault is refused with what is wrong in it, and nothing changes', async () => {
  const put = (path: string, body: unknown) =>
    fetch(`${emulator.url}/emulator/${path}`, { method: 'PUT', body: JSON.stringify(body) });
  const refused = await put('script', { heard: [], speedUp: 'fast', answers: [{ when: '(', say: 'x' }] });
  expect(refused.status).toBe(400);
  const { error } = (await refused.json()) as { error: { message: string } };
  for (const part of ['heard', 'speedUp', 'answers']) expect(error.message).toContain(part);
  const state = (await control(emulator.url, 'GET', 'state')) as { script: { speedUp: number } };
  expect(state.script.speedUp).toBe(40);
  const fault = await fetch(`${emulator.url}/emulator/faults`, { method: 'POST', body: '{"kind":"flood"}' });
  expect(fault.status).toBe(400);
});

test('the script can be changed while calls go on', async () => {
  const session = await answered(connect());
  await control(emulator.url, 'PATCH', 'script', {
    answers: [{ when: 'warranty', say: 'Five years.' }, { say: 'Hm.' }],
  });
  session.type('And the warranty?');
  session.send({ type: 'response.create' });
  expect((await session.next('response.output_audio_transcript.done')).transcript).toBe('Five years.');
  const state = (await control(emulator.url, 'GET', 'state')) as {
    sessions: { live: number };
    events: object;
  };
  expect(state.sessions.live).toBeGreaterThan(0);
  expect(state.events).toMatchObject({ 'session.created': expect.any(Number) });
});
