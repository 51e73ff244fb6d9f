import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Call, type CallOptions } from '@vjj/client/sdk/call.ts';
import { decodeServerFrame, seqOf } from '@vjj/client/sdk/server-frame.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { queuePrefix } from '@vjj/shared/queues.ts';
import { ResumeTokens } from '@vjj/shared/resume-token.ts';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { isGone } from './scratch.ts';
import { linkSecret, sharedTestbed } from './shared-testbed.ts';
import { numberedWord } from './sounds.ts';
import { folderOfFile } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';

const story =
  'Once there was a platypus who lived beside a slow green river. One morning she found a small brass key in the mud. She carried it past the old mill and over the hill.';
const graceMs = 4000;
const spill = join(folderOfFile(), 'spill');

const shared = sharedTestbed({
  gateways: 2,
  workers: 2,
  env: {
    RESUME_GRACE_MS: String(graceMs),
    HEARTBEAT_MS: '500',
    WARM_POOL_MAX: '4',
    WARM_POOL_MIN: '2',
    AUDIT_SPILL_DIR: spill,
    // Where memory would be kept; nobody is there, so what is handed over can be seen waiting.
    CHROMA_URL: 'http://127.0.0.1:9',
  },
  script: { answers: [{ when: 'story', say: story }, { say: 'Yes, I hear you.' }], speedUp: 20 },
  neverLogged: ['platypus', 'resume='],
});

const started = () => TestCaller.started(shared.bed.wsUrl);
const resumed = (from: Pick<TestCaller, 'resumeToken' | 'lastSeq'>) =>
  TestCaller.resume(shared.bed.wsUrl, from);

/** Everything of the call that both connections were sent, greetings left out, once and in order. */
function expectWhole(first: TestCaller, ...next: TestCaller[]): void {
  const seqs = [...first.seqs];
  for (const caller of next) {
    const asides = caller.messages.filter(
      ({ type }) => type === 'session.ready' || type === 'session.resumed',
    );
    expect(asides.map(({ type }) => type)).toEqual(['session.ready', 'session.resumed']);
    expect(asides[1]).toMatchObject({ lost: 0, fromSeq: seqs.length + 1 });
    seqs.push(...caller.seqs.slice(2));
  }
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
}

/** Types and reasons of what a session has on record, in order. */
function evidenceOf(session: string): string[] {
  return readdirSync(spill, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(spill, name), 'utf8').split('\n'))
    .filter((line) => line.includes(session) && line.includes('"type"'))
    .map((line) => JSON.parse(line) as { type: string; payload?: { reason?: string } })
    .map(({ type, payload }) => [type, payload?.reason].filter(Boolean).join(' '));
}

async function refusalOf(caller: TestCaller): Promise<string> {
  const { reason } = await caller.closed;
  expect(caller.messages.at(-1)).toMatchObject({ type: 'error', code: reason });
  return reason;
}

const gatewayOf = async (sessions: number) => {
  const { gateways } = await shared.bed.registry();
  return gateways.filter((one) => one.state === 'up' && !isGone(one.pid) && one.sessions === sessions);
};

const twoOfEach = () =>
  waitFor('two of each', async () => {
    const { gateways, workers } = await shared.bed.registry();
    const living = (all: typeof workers) => all.filter(({ state, pid }) => state === 'up' && !isGone(pid));
    return (living(gateways).length === 2 && living(workers).length === 2) || undefined;
  });

describe('a caller whose connection is lost', () => {
  it('comes back to the same session and misses nothing; what was being said waits for them', async () => {
    const first = await started();
    first.send({ type: 'text.input', text: 'Tell me the story' });
    await first.next('audio.chunk');
    await first.next('audio.chunk');
    // Else what gateways said before it came would be taken for its being away.
    await expect.poll(async () => (await gatewayOf(1)).length).toBe(1);
    await first.leave();
    await expect.poll(async () => (await gatewayOf(0)).length).toBe(2);
    const awayMs = Date.now();
    await using second = resumed(first);
    const back = await second.next('session.resumed');
    await second.next('response.end');
    const whileAway = ({ timestamp }: { timestamp: number }) =>
      timestamp > awayMs && timestamp < back.timestamp;
    expect(second.ofType('audio.chunk').filter(whileAway)).toEqual([]);
    expect(second.sessionId).toBe(first.sessionId);
    expect(second.resumeToken).not.toBe(first.resumeToken);
    expectWhole(first, second);
    expect(second.lastTranscript).toBe(story);
    await second.asks('Do you hear me?');
  });

  it('is not waited for longer than the grace; the call ends in good order then: remembered, on record, and nothing of it left', async () => {
    const first = await TestCaller.started(shared.bed.wsUrl, { fingerprint: 'a browser' });
    await first.asks('Do you hear me?');
    const redis = new Redis(shared.bed.redisUrl);
    const toRemember = () => redis.llen(`${queuePrefix(shared.bed.clusterName)}:memory:wait`);
    expect(await toRemember()).toBe(0);
    const keys = keysOf(shared.bed.clusterName);
    const left = () => redis.exists(keys.pin(first.sessionId!), keys.journal(first.sessionId!));
    await expect.poll(left).toBe(2);
    await first.leave();
    await shared.logged(/the caller did not come back/);
    await expect.poll(left).toBe(0);
    await expect.poll(toRemember, { timeout: 10_000 }).toBe(1);
    await expect
      .poll(() => evidenceOf(first.sessionId!).at(-1), { timeout: 10_000 })
      .toBe('session.ended left');
    redis.disconnect();
    expect(await refusalOf(resumed(first))).toBe('SESSION_GONE');
  });

  it('comes back by the token alone while Redis is away', async () => {
    const others: TestCaller[] = [];
    try {
      // One after another until each gateway has a link to each worker. Callers come to gateways in turn, and so do workers:
      // left to themselves, all of one gateway can be on the same worker for ever. One who leaves shifts the turns.
      await waitFor('links of each gateway to each worker', async () => {
        others.push(await started());
        if (others.length % 3 === 0) await others.shift()![Symbol.asyncDispose]();
        const { gateways } = await shared.bed.registry();
        const living = gateways.filter(({ state, pid }) => state === 'up' && !isGone(pid));
        return (living.length === 2 && living.every(({ links }) => links === 2)) || undefined;
      });
      const first = await started();
      await shared.bed.redis.stop();
      try {
        await first.leave();
        await using second = resumed(first);
        await second.next('session.resumed');
        await second.asks('Do you hear me?');
        expectWhole(first, second);
      } finally {
        await shared.bed.redis.start();
      }
      await Promise.all(others.map((other) => other.asks('Do you hear me?')));
    } finally {
      // Also when it failed: the tests after it count the calls of each gateway.
      await Promise.all(others.map((other) => other[Symbol.asyncDispose]()));
    }
    await twoOfEach();
  });
});

describe('a resume token', () => {
  it('that is forged, cut short, or of another session, opens nothing', async () => {
    await using caller = await started();
    const { lastSeq } = caller;
    const claims = new ResumeTokens(linkSecret).read(caller.resumeToken)!;
    const forged = new ResumeTokens('the secret of somebody else').sign(claims);
    const foreign = new ResumeTokens(linkSecret).sign({
      ...claims,
      session: '6f2a1c1e-4a57-4e0a-9df0-0d5f0a6b7c8d',
    });
    expect(await refusalOf(resumed({ resumeToken: forged, lastSeq }))).toBe('BAD_TOKEN');
    for (const resumeToken of ['rubbish', caller.resumeToken.slice(0, -3), `${caller.resumeToken}.x`])
      expect(await refusalOf(resumed({ resumeToken, lastSeq }))).toBe('BAD_TOKEN');
    expect(await refusalOf(resumed({ resumeToken: foreign, lastSeq }))).toBe('SESSION_GONE');
    await caller.asks('Do you hear me?');
    expectWhole(caller);
  });

  it('is good until the next one was used, and the newest connection closes the one before', async () => {
    const first = await started();
    const second = resumed(first);
    await second.next('session.resumed');
    expect(await first.closed).toEqual({ code: 4503, reason: 'REPLACED' });
    // Nothing was said on the second connection: its greeting may have been lost.
    const third = resumed(first);
    await third.next('session.resumed');
    expect(await second.closed).toEqual({ code: 4503, reason: 'REPLACED' });
    await third.asks('Do you hear me?');
    expect(await refusalOf(resumed(first))).toBe('OLD_TOKEN');
    expect(await refusalOf(resumed(second))).toBe('OLD_TOKEN');
    await third.asks('Do you hear me?');
    await third[Symbol.asyncDispose]();
  });

  it('that was replaced opens nothing after the death of the worker either, and takes nothing from its successor', async () => {
    const first = await started();
    const second = resumed(first);
    await second.next('session.resumed');
    await second.asks('Do you hear me?');
    const { owner: dying } = await shared.pinOf(second);
    await second.leave();
    process.kill((await shared.bed.registry()).workers.find(({ id }) => id === dying)!.pid, 'SIGKILL');
    expect(await refusalOf(resumed(first))).toBe('OLD_TOKEN');
    const third = resumed(second);
    await third.next('session.resumed');
    await third.asks('Do you hear me?');
    await third[Symbol.asyncDispose]();
    await twoOfEach();
  });
});

describe('a caller with our client', () => {
  async function calling(options: CallOptions = {}): Promise<Call> {
    // Else the gateway of the call before would be taken for this one's.
    await expect.poll(async () => (await gatewayOf(0)).length, { timeout: 10_000 }).toBe(2);
    const call = new Call({ random: () => 0.1, ...options });
    await call.connect(shared.bed.wsUrl);
    call.start();
    await call.next('provider.ready');
    return call;
  }

  async function killGatewayOf(andBefore = () => undefined as unknown): Promise<void> {
    const [gateway] = await waitFor('the gateway of the call', async () => {
      const found = await gatewayOf(1);
      return found.length === 1 ? found : undefined;
    });
    andBefore();
    process.kill(gateway!.pid, 'SIGKILL');
  }

  it('whose gateway is killed goes on through another one, and no word is lost either way', async () => {
    const seqs: number[] = [];
    /** Sees what arrives, also of the answer that is interrupted, which the call keeps to itself. */
    class WatchedSocket extends WebSocket {
      constructor(url: string) {
        super(url);
        this.addEventListener('message', ({ data }) => {
          const frame = decodeServerFrame(data)!;
          const isAside = frame.kind === 'message' && frame.message.type.startsWith('session.re');
          if (!isAside) seqs.push(seqOf(frame));
        });
      }
    }
    const call = await calling({ webSocket: WatchedSocket });
    const session = call.sessionId;
    call.sendText('Tell me the story');
    await call.next('audio');
    const [back, retrying, end] = [
      call.next('session.resumed'),
      call.next('retrying'),
      call.next('response.end'),
    ];
    await killGatewayOf();
    await retrying;
    // Said while there is no connection.
    call.bargeIn();
    for (let number = 1; number <= 9; number++) call.sendAudio(numberedWord(number));
    call.commit();
    expect((await back).lost).toBe(0);
    await end;
    const words = await call.next('user_transcript');
    expect('1 2 3 4 5 6 7 8 9.'.startsWith(words.text)).toBe(true);
    await call.next('response.end');
    expect(call.sessionId).toBe(session);
    expect(seqs).toEqual(seqs.map((_, index) => seqs[0]! + index));
    await call.end();
    await twoOfEach();
  });

  it('whose gateway and worker are killed together is told how much of what was sent is lost', async () => {
    await using caller = await started();
    caller.send({ type: 'text.input', text: 'Tell me the story' });
    await caller.next('audio.chunk');
    const [gateway] = await waitFor('the gateway of the call', async () => {
      const found = await gatewayOf(1);
      return found.length === 1 ? found : undefined;
    });
    // What the worker says from now on reaches nobody.
    process.kill(gateway!.pid, 'SIGSTOP');
    const { owner } = await shared.pinOf(caller);
    const { pid } = (await shared.bed.registry()).workers.find(({ id }) => id === owner)!;
    const redis = new Redis(shared.bed.redisUrl);
    const written = async () => {
      const data = await redis.hget(keysOf(shared.bed.clusterName).journal(caller.sessionId!), 'data');
      return (JSON.parse(data ?? '{}') as { seq: number }).seq;
    };
    await waitFor('a gap', async () => (await written()) > caller.lastSeq || undefined);
    process.kill(pid, 'SIGKILL');
    process.kill(gateway!.pid, 'SIGKILL');
    await waitFor('their end', () => (isGone(pid) && isGone(gateway!.pid)) || undefined);
    await twoOfEach();
    const known = await written();
    redis.disconnect();
    await using back = resumed(caller);
    const told = await back.next('session.resumed');
    expect(told.lost).toBeGreaterThan(0);
    expect(told.lost).toBe(known - caller.lastSeq);
    await back.next('audio.chunk');
  });

  it('whose gateway and worker are killed together goes on from the journal', async () => {
    const call = await calling();
    call.sendText('My name is Ada');
    await call.next('response.end');
    const session = call.sessionId;
    const { workers } = await shared.bed.registry();
    const owner = (await shared.pinOf({ sessionId: session })).owner;
    const back = call.next('session.resumed');
    await killGatewayOf(() => process.kill(workers.find(({ id }) => id === owner)!.pid, 'SIGKILL'));
    expect((await back).lost).toBe(0);
    expect(call.sessionId).toBe(session);
    call.sendText('Do you hear me?');
    await call.next('response.end');
    await call.end();
    await twoOfEach();
  });
});
