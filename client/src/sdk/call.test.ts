import { binaryHeaderBytes, writeBinaryHeader } from '@vjj/shared/protocol/binary-audio.ts';
import type { Lane } from '@vjj/shared/protocol/messages.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Peer, ScriptedServer } from '../../test/scripted-server.ts';
import { Call, type CallOptions, type StartOptions } from './call.ts';
import type { CallEnd } from './call-events.ts';

let server: ScriptedServer;
let calls: Call[];

beforeEach(async () => {
  calls = [];
  server = await new ScriptedServer().listen();
});

afterEach(async () => {
  vi.useRealTimers();
  await server.close();
  await Promise.all(calls.map((call) => call.end()));
});

/** Reconnects without waiting, unless told otherwise. */
function newCall(options: CallOptions = {}): Call {
  const call = new Call({ random: () => 0, ...options });
  calls.push(call);
  return call;
}

function greet(peer: Peer, seq: number, resumeToken?: string, sessionId = 's1'): void {
  const token = resumeToken === undefined ? {} : { resumeToken, resumeWithinMs: 30_000 };
  peer.say(seq, { type: 'session.ready', sessionId, protocol: 2, worker: 'w1:b1', ...token });
}

/** The session is had again; of what was sent over the connection before, so many frames had arrived. */
function resume(peer: Peer, seq: number, received?: number): void {
  greet(peer, seq, 't2');
  const said = received === undefined ? {} : { received };
  peer.say(seq, { type: 'session.resumed', fromSeq: seq + 1, lost: 0, ...said });
}

/** A call that is live, with `session.ready` as message 1 and `provider.ready` as message 2. */
async function liveCall(
  start: StartOptions = {},
  options: CallOptions = {},
  token: string | undefined = 't1',
) {
  const call = newCall(options);
  const connected = call.connect(server.url);
  const peer = await server.accepts();
  greet(peer, 1, token);
  await connected;
  call.start(start);
  await peer.hears('session.start');
  becomeLive(peer, 2);
  await call.next('provider.ready');
  return { call, peer };
}

function becomeLive(peer: Peer, seq: number): void {
  peer.say(seq, {
    type: 'provider.ready',
    isReturningUser: false,
    previousSessionCount: 0,
    voiceMode: 'push-to-talk',
  });
}

function binaryAudio(seq: number, answer: number, lane: Lane, pcm: number[]): Uint8Array {
  const frame = new Uint8Array(binaryHeaderBytes + pcm.length);
  writeBinaryHeader(frame, { seq, answer, lane });
  frame.set(pcm, binaryHeaderBytes);
  return frame;
}

test('a call goes from connecting over ready to live, and says how it wants to start', async () => {
  const call = newCall();
  const states: string[] = [];
  call.on('state', ({ state }) => states.push(state));
  const connected = call.connect(server.url);
  call.start({ voiceMode: 'open-mic', agent: 'desk', audio: 'binary', fingerprint: 'f1' });
  const peer = await server.accepts();
  greet(peer, 1);
  await connected;
  expect(await peer.hears('session.start')).toEqual({
    type: 'session.start',
    voiceMode: 'open-mic',
    agent: 'desk',
    audio: 'binary',
    fingerprint: 'f1',
  });
  becomeLive(peer, 2);
  await call.next('provider.ready');
  expect(states).toEqual(['connecting', 'ready', 'live']);
  expect(call.sessionId).toBe('s1');
  expect(call.lastSeq).toBe(2);
});

test('binary audio arrives with its lane and answer', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  const audio = call.next('audio');
  peer.sendBytes(binaryAudio(3, 7, 'A', [1, 2, 3, 4]));
  expect(await audio).toEqual({ lane: 'A', answer: 7, seq: 3, pcm: Uint8Array.of(1, 2, 3, 4) });
});

test('JSON audio arrives decoded', async () => {
  const { call, peer } = await liveCall();
  const audio = call.next('audio');
  peer.say(3, { type: 'audio.chunk', data: 'AQIDBA==', format: 'pcm', sampleRate: 24000, lane: 'B' });
  const { pcm, ...rest } = await audio;
  expect(rest).toEqual({ lane: 'B', seq: 3 });
  expect([...pcm]).toEqual([1, 2, 3, 4]);
});

test('microphone audio is sent as bytes when that was asked for', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  expect(call.sendAudio(Int16Array.of(1, -1))).toBe(true);
  expect([...(await peer.hearsBytes())]).toEqual([1, 0, 255, 255]);
});

test('microphone audio is sent as base64 otherwise', async () => {
  const { call, peer } = await liveCall();
  call.sendAudio(Uint8Array.of(1, 2, 3, 4));
  expect(await peer.hears('audio.chunk')).toEqual({ type: 'audio.chunk', data: 'AQIDBA==' });
});

test('while audio plays the server is told what was received and heard', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  call.playback = { isPlaying: () => true, playedMs: () => 123.4 };
  peer.sendBytes(binaryAudio(9, 1, 'B', [0, 0]));
  expect(await peer.hears('ack')).toEqual({ type: 'ack', seq: 9, playedMs: 123 });
});

test('a barge-in silences the old answer at once, and until its ack nothing of it is played', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  call.playback = { isPlaying: () => true, playedMs: () => 400 };
  const seqs: number[] = [];
  const flushes: string[] = [];
  call.on('audio', ({ seq }) => seqs.push(seq));
  call.on('flush', ({ cause }) => flushes.push(cause));
  call.bargeIn();
  expect(flushes).toEqual(['interrupted']);
  expect(await peer.hears('user.barge_in')).toEqual({ type: 'user.barge_in', playedMs: 400 });
  peer.sendBytes(binaryAudio(3, 1, 'B', [0, 0]));
  peer.say(4, { type: 'user.barge_in.ack' });
  peer.sendBytes(binaryAudio(5, 2, 'B', [0, 0]));
  await call.next('audio');
  expect(seqs).toEqual([5]);
  expect(flushes).toEqual(['interrupted', 'acknowledged']);
});

test.each([
  ['while the connection is away', true],
  ['just before it is lost', false],
])('of an answer that was interrupted %s nothing is heard after the return', async (_when, isAway) => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  const seqs: number[] = [];
  call.on('audio', ({ seq }) => seqs.push(seq));
  const reconnecting = call.next('retrying');
  if (!isAway) call.bargeIn();
  peer.break();
  await reconnecting;
  if (isAway) call.bargeIn();
  const second = await server.accepts();
  resume(second, 2, 1);
  second.sendBytes(binaryAudio(3, 1, 'B', [0, 0]));
  await second.hears('user.barge_in');
  second.sendBytes(binaryAudio(4, 1, 'B', [0, 0]));
  second.say(5, { type: 'user.barge_in.ack' });
  second.sendBytes(binaryAudio(6, 2, 'B', [0, 0]));
  await call.next('audio');
  expect(seqs).toEqual([6]);
});

test('an interruption whose answer was lost with the connection keeps nobody from hearing what comes', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  call.bargeIn();
  await peer.hears('user.barge_in');
  peer.break();
  const second = await server.accepts();
  resume(second, 2, 2);
  second.sendBytes(binaryAudio(3, 2, 'B', [0, 0]));
  expect(await call.next('audio')).toMatchObject({ seq: 3 });
});

test('the end of an interrupted answer is not told as heard: the caller would be taken for its echo', async () => {
  const { call, peer } = await liveCall();
  call.on('response.end', () => call.playbackEnded());
  peer.say(3, { type: 'response.start' });
  await call.next('response.start');
  call.bargeIn();
  await peer.hears('user.barge_in');
  peer.say(4, { type: 'response.end' });
  peer.say(5, { type: 'user.barge_in.ack' });
  await call.next('user.barge_in.ack');
  call.commit();
  expect(await peer.hearsAny()).toEqual({ type: 'audio.commit' });
  peer.say(6, { type: 'response.start' });
  peer.say(7, { type: 'response.end' });
  await peer.hears('playback.ended');
});

test('a change of speaker flushes, the end of an answer does not: its last words are still queued', async () => {
  const { call, peer } = await liveCall();
  const flushes: string[] = [];
  call.on('flush', ({ cause }) => flushes.push(cause));
  peer.say(3, { type: 'lane.owner_changed', from: 'A', to: 'B', cause: 'b_first_audio_ready' });
  peer.say(4, { type: 'lane.owner_changed', from: 'B', to: 'none', cause: 'response_done' });
  peer.say(5, { type: 'response.end' });
  await call.next('response.end');
  expect(flushes).toEqual(['owner_changed']);
});

test('a lost connection is resumed by token after the last message received', async () => {
  const { call, peer } = await liveCall();
  const reconnecting = call.next('retrying');
  peer.break();
  await reconnecting;
  expect(call.state).toBe('reconnecting');
  const second = await server.accepts();
  expect(second.url.search).toBe('?resume=t1&seq=2');
  // The greeting of the new connection is not one of the messages that were missed.
  greet(second, 40, 't2');
  second.say(2, { type: 'session.resumed', fromSeq: 3, lost: 0 });
  expect(await second.hearsAny()).toEqual({ type: 'ack', seq: 2 });
  expect(call.state).toBe('live');
  second.say(3, { type: 'response.start' });
  await call.next('response.start');
  second.break();
  const third = await server.accepts();
  expect(third.url.search).toBe('?resume=t2&seq=3');
});

test('what is said while the connection is away is sent on return, in order', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  const reconnecting = call.next('retrying');
  peer.break();
  await reconnecting;
  expect(call.sendAudio(Int16Array.of(1))).toBe(true);
  expect(call.sendAudio(Int16Array.of(2))).toBe(true);
  expect(call.commit()).toBe(true);
  const second = await server.accepts();
  resume(second, 3);
  await second.hears('ack');
  expect(await second.hearsAny()).toEqual(Buffer.from([1, 0, 2, 0]));
  expect(await second.hearsAny()).toEqual({ type: 'audio.commit' });
});

test('what is said after the server closed, and before that is told, is sent on return', async () => {
  let socket: WebSocket | undefined;
  class ShownSocket extends WebSocket {
    constructor(url: string) {
      super(url);
      socket = this;
    }
  }
  const { call, peer } = await liveCall({ audio: 'binary' }, { webSocket: ShownSocket });
  peer.close(4017);
  while (socket?.readyState === WebSocket.OPEN) await new Promise(setImmediate);
  expect({ closing: socket?.readyState === WebSocket.CLOSING, state: call.state }).toEqual({
    closing: true,
    state: 'live',
  });
  expect(call.sendAudio(Int16Array.of(1))).toBe(true);
  expect(call.commit()).toBe(true);
  const second = await server.accepts();
  resume(second, 2);
  await second.hears('ack');
  expect(await second.hearsAny()).toEqual(Buffer.from([1, 0]));
  expect(await second.hearsAny()).toEqual({ type: 'audio.commit' });
});

test('what a dying connection swallowed is sent again before what was said since, and nothing twice', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  for (const sample of [1, 2, 3]) call.sendAudio(Int16Array.of(sample));
  call.commit();
  for (let i = 0; i < 3; i++) await peer.hearsBytes();
  await peer.hears('audio.commit');
  const reconnecting = call.next('retrying');
  peer.break();
  await reconnecting;
  call.sendText('and this');
  // `session.start` and two frames had come through to the worker.
  const second = await server.accepts();
  resume(second, 2, 3);
  await second.hears('ack');
  expect(await second.hearsAny()).toEqual(Buffer.from([3, 0]));
  expect(await second.hearsAny()).toEqual({ type: 'audio.commit' });
  expect(await second.hearsAny()).toEqual({ type: 'text.input', text: 'and this' });
});

test('nothing is sent over a connection that has not greeted: it would be counted as another one’s', async () => {
  const call = newCall();
  const connected = call.connect(server.url);
  const peer = await server.accepts();
  // Open, and it has not greeted.
  peer.say(0, { type: 'error', error: 'wait', code: 'INTERNAL', retryable: true });
  await call.next('error');
  expect(call.sendAudio(Int16Array.of(9))).toBe(false);
  greet(peer, 1, 't1');
  await connected;
  call.start({ audio: 'binary' });
  expect(await peer.hearsAny()).toMatchObject({ type: 'session.start' });
  becomeLive(peer, 2);
  await call.next('provider.ready');
  for (const sample of [1, 2]) call.sendAudio(Int16Array.of(sample));
  peer.break();
  const second = await server.accepts();
  resume(second, 2, 2);
  await second.hears('ack');
  expect(await second.hearsAny()).toEqual(Buffer.from([2, 0]));
});

test('a session lost before it was live is started again on the resumed connection', async () => {
  const call = newCall();
  void call.connect(server.url);
  call.start({ agent: 'desk' });
  const peer = await server.accepts();
  greet(peer, 1, 't1');
  await peer.hears('session.start');
  peer.break();
  const second = await server.accepts();
  resume(second, 2);
  expect(await second.hearsAny()).toEqual({ type: 'session.start', agent: 'desk' });
});

/** A server that leaves, and has dealt with all that was sent to it; the next message is number 4. */
async function leaves(peer: Peer): Promise<void> {
  peer.say(2, { type: 'session.reconnect', afterMs: 1 });
  await peer.hears('session.start');
  becomeLive(peer, 3);
}

test('a server that leaves is left for another one when that has the call: it stays live, nothing is heard twice', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  const told: string[] = [];
  const heard: number[] = [];
  const seqs: number[] = [];
  call.on('state', ({ state }) => told.push(state));
  call.on('provider.ready', () => told.push('ready'));
  call.on('message', ({ seq }) => seqs.push(seq));
  call.on('audio', ({ seq }) => heard.push(seq));
  await leaves(peer);
  const second = await server.accepts();
  expect(second.url.search).toBe('?resume=t1&seq=3');
  peer.sendBytes(binaryAudio(4, 1, 'B', [0, 0]));
  await call.next('audio');
  // What the old connection took now, nobody might read any more.
  expect(call.sendAudio(Int16Array.of(1))).toBe(true);
  resume(second, 3);
  for (const seq of [4, 5]) second.sendBytes(binaryAudio(seq, 1, 'B', [0, 0]));
  await call.next('audio');
  expect(heard).toEqual([4, 5]);
  expect(await peer.closed).toBe(4000);
  expect(await second.hearsAny()).toEqual({ type: 'ack', seq: 4 });
  expect(await second.hearsAny()).toEqual(Buffer.from([1, 0]));
  expect(told).toEqual([]);
  // The messages about the connection repeat a number; none is missing.
  expect(seqs).toEqual([2, 3, 3, 3]);
});

test('a server that leaves is left only when what was sent to it has arrived', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  call.sendAudio(Int16Array.of(1));
  peer.say(2, { type: 'session.reconnect', afterMs: 1 });
  await call.next('session.reconnect');
  expect(await peer.hearsAny()).toEqual(Buffer.from([1, 0]));
  expect(await peer.hearsAny()).toEqual({ type: 'session.start', audio: 'binary' });
  call.sendAudio(Int16Array.of(2));
  becomeLive(peer, 3);
  const second = await server.accepts();
  resume(second, 3);
  await second.hears('ack');
  expect(await second.hearsAny()).toEqual(Buffer.from([2, 0]));
});

test('a server that closes the old connection before the new one greets does not end the call', async () => {
  const { call, peer } = await liveCall();
  const errors: string[] = [];
  call.on('error', ({ code }) => errors.push(code));
  await leaves(peer);
  const second = await server.accepts();
  peer.say(3, { type: 'error', error: 'replaced', code: 'REPLACED', retryable: false });
  peer.close(4503);
  expect(await peer.closed).toBe(4503);
  resume(second, 3);
  await second.hears('ack');
  expect(call.state).toBe('live');
  expect(errors).toEqual([]);
});

test('while no other server takes the call it stays where it is, and says there what it kept', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  await leaves(peer);
  const second = await server.accepts();
  call.sendAudio(Int16Array.of(1));
  second.close(4017);
  expect(await peer.hearsAny()).toEqual(Buffer.from([1, 0]));
  await peer.hears('session.start');
  becomeLive(peer, 4);
  const third = await server.accepts();
  peer.close(4017);
  await peer.closed;
  third.break();
  const fourth = await server.accepts();
  expect(fourth.url.search).toBe('?resume=t1&seq=4');
  resume(fourth, 4);
  await fourth.hears('ack');
  expect(call.state).toBe('live');
});

/** The timers of the call pass by themselves, and at once when a test says so; those of the network are real. */
function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], shouldAdvanceTime: true });
}

test('a connection that is silent is kept while the server answers, and nobody is told of a beginning', async () => {
  fakeTimers();
  const { call, peer } = await liveCall();
  const told: string[] = [];
  call.on('state', ({ state }) => told.push(state));
  call.on('provider.ready', () => told.push('ready'));
  for (const seq of [3, 4]) {
    await vi.advanceTimersByTimeAsync(15_000);
    await peer.hears('session.start');
    const answer = call.next('message');
    becomeLive(peer, seq);
    await answer;
  }
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([]);
  expect(call.lastSeq).toBe(4);
});

test.each([
  ['after fifteen seconds of silence', () => vi.advanceTimersByTimeAsync(15_000)],
  ['when the network has changed', (call: Call) => call.retryNow()],
])(
  'a connection that died without a word is noticed %s, and what it swallowed is said again',
  async (_when, comeToNotice) => {
    fakeTimers();
    const { call, peer } = await liveCall();
    call.sendText('Hello?');
    await peer.hears('text.input');
    await comeToNotice(call);
    await peer.hears('session.start');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(call.state).toBe('live');
    const retrying = call.next('retrying');
    await vi.advanceTimersByTimeAsync(1_000);
    await retrying;
    const second = await server.accepts();
    expect(second.url.search).toBe('?resume=t1&seq=2');
    // Only the first `session.start` had arrived.
    resume(second, 2, 1);
    await second.hears('ack');
    expect(await second.hearsAny()).toEqual({ type: 'text.input', text: 'Hello?' });
    expect(call.state).toBe('live');
  },
);

test('a server that leaves while it is asked for a sign of life is left when it has answered the last question', async () => {
  const { call, peer } = await liveCall({ audio: 'binary' });
  call.retryNow();
  call.sendAudio(Int16Array.of(1));
  peer.say(2, { type: 'session.reconnect', afterMs: 1 });
  for (let i = 0; i < 2; i++) await peer.hears('session.start');
  becomeLive(peer, 3);
  becomeLive(peer, 4);
  const second = await server.accepts();
  expect(second.url.search).toBe('?resume=t1&seq=4');
});

test.each([
  { code: 1000, cause: 'finished' },
  { code: 4510, cause: 'refused' },
])('close code $code ends the call: $cause', async ({ code, cause }) => {
  const { call, peer } = await liveCall();
  const ended = call.next('ended');
  peer.close(code);
  expect(await ended).toMatchObject({ cause, code });
  expect(call.state).toBe('ended');
});

test('a refusal is explained by the error that came before it', async () => {
  const { call, peer } = await liveCall();
  const ended = call.next('ended');
  peer.say(3, { type: 'error', error: 'refused', code: 'PROVIDER_AUTH', retryable: false });
  peer.close(4520);
  expect(await ended).toMatchObject({ cause: 'refused', error: { code: 'PROVIDER_AUTH' } });
});

test('close code 4013 means reconnect', async () => {
  const { peer } = await liveCall();
  peer.close(4013);
  expect((await server.accepts()).url.searchParams.get('resume')).toBe('t1');
});

test('without a token a lost connection ends the call', async () => {
  const call = newCall();
  const connected = call.connect(server.url);
  const peer = await server.accepts();
  greet(peer, 1);
  await connected;
  const ended = call.next('ended');
  peer.break();
  expect(await ended).toMatchObject({ cause: 'lost' });
});

test('without a token a new session starts the same way, if the app asked for it', async () => {
  const call = newCall({ startAgainWhenLost: true });
  const connected = call.connect(server.url);
  call.start({ agent: 'desk' });
  const peer = await server.accepts();
  greet(peer, 1);
  await connected;
  const restarted = call.next('restarted');
  peer.break();
  const second = await server.accepts();
  expect(second.url.search).toBe('');
  greet(second, 1, undefined, 's2');
  expect(await restarted).toEqual({ previousSessionId: 's1' });
  expect(await second.hears('session.start')).toEqual({ type: 'session.start', agent: 'desk' });
  expect(call.sessionId).toBe('s2');
});

test('another session in place of the lost one ends the call, if the app did not ask for it', async () => {
  const { call, peer } = await liveCall();
  const ended = call.next('ended');
  peer.break();
  greet(await server.accepts(), 1, 't9', 's2');
  expect(await ended).toMatchObject({ cause: 'lost', reason: 'the session could not be resumed' });
});

test('a call that waits for a place tells its position whenever it changes, and is live when its turn comes', async () => {
  const call = newCall();
  const connected = call.connect(server.url);
  const peer = await server.accepts();
  greet(peer, 1);
  await connected;
  call.start();
  await peer.hears('session.start');
  for (const [seq, position] of [
    [2, 2],
    [3, 1],
  ] as const) {
    const told = call.next('session.waiting');
    peer.say(seq, { type: 'session.waiting', position, etaMs: position * 10_000 });
    expect(await told).toMatchObject({ position, etaMs: position * 10_000 });
    expect(call.state).toBe('ready');
  }
  const ready = call.next('provider.ready');
  becomeLive(peer, 4);
  await ready;
  expect(call.state).toBe('live');
});

test('when no connection can be made the server is asked why', async () => {
  server.unready = [{ code: 'NO_CAPACITY', text: 'every worker is full' }];
  const call = newCall();
  const failure = await call.connect(server.url).catch((error: Error) => error.cause as CallEnd);
  expect(failure).toMatchObject({
    cause: 'unreachable',
    reason: 'every worker is full',
    readiness: { reachable: true, ready: false, reasons: [{ code: 'NO_CAPACITY' }] },
  });
});

test('a call that ended unreachable may be placed again', async () => {
  server.unready = [];
  const call = newCall();
  await call.connect(server.url).catch(() => {});
  server.unready = undefined;
  const connected = call.connect(server.url);
  greet(await server.accepts(), 1);
  await connected;
  expect(call.state).toBe('ready');
});

test('hanging up says so and waits for the server to close', async () => {
  const { call, peer } = await liveCall();
  const ended = call.next('ended');
  const hungUp = call.end();
  await peer.hears('session.end');
  peer.close(1000);
  await hungUp;
  expect(await ended).toMatchObject({ cause: 'hung_up' });
});

test('hanging up twice ends one call, once', async () => {
  fakeTimers();
  const { call, peer } = await liveCall();
  let ends = 0;
  call.on('ended', () => ends++);
  const hungUp = [call.end(), call.end()];
  await peer.hears('session.end');
  peer.close(1000);
  await Promise.all(hungUp);
  expect(await Promise.race([peer.hears('session.end'), peer.closed])).toBe(1000);
  const connected = call.connect(server.url);
  greet(await server.accepts(), 1);
  await connected;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(ends).toBe(1);
  expect(call.state).toBe('ready');
});

test('an address that no connection can be made to is told like a server that cannot be reached', async () => {
  const call = newCall();
  const failure = await call.connect('nowhere').catch((error: Error) => error.cause as CallEnd);
  expect(failure).toMatchObject({ cause: 'unreachable' });
  expect(call.state).toBe('ended');
  const connected = call.connect(server.url);
  greet(await server.accepts(), 1);
  await connected;
});
