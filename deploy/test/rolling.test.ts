import { setTimeout as sleep } from 'node:timers/promises';
import { Call } from '@vjj/client/sdk/call.ts';
import { SilentPlayback } from '@vjj/client/sdk/silent-playback.ts';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../src/wait-for.ts';
import { isGone } from './scratch.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { numberedWord } from './sounds.ts';
import { TestCaller } from './test-caller.ts';

const story = 'Once there was a platypus who lived beside a slow green river.';
/** Eight starts and ends of primaries, one after the other, on a machine that may be busy. */
const rollingLimitMs = 120_000;

/** Two primaries of each role behind nginx, as in production. */
const shared = sharedTestbed({
  nginx: true,
  gateways: 1,
  workers: 1,
  gatewayPrimaries: 2,
  workerPrimaries: 2,
  env: { DRAIN_TIMEOUT_MS: '5000', HEARTBEAT_MS: '500', WARM_POOL_MAX: '8', WARM_POOL_MIN: '2' },
  script: { answers: [{ when: 'story', say: story }, { say: 'Yes, I hear you.' }], speedUp: 20 },
  neverLogged: ['platypus', 'resume='],
});

const url = () => shared.bed.wsUrl;
const http = (path: string) => fetch(`${url().replace('ws', 'http')}${path}`);

/** How many callers a gateway has once so many are spread over both. */
const callersOf = (gatewayUrl: string, all: number) =>
  waitFor(`${all} callers`, async () => {
    const { gateways } = await shared.bed.registry();
    const living = gateways.filter(({ state, pid }) => state === 'up' && !isGone(pid));
    const mine = living.find(({ admin }) => gatewayUrl.endsWith(admin))?.sessions;
    return living.reduce((sum, { sessions }) => sum + sessions, 0) === all ? mine : undefined;
  });

/** A caller with our client, and all that must not happen to them. */
class Guest {
  readonly call: Call;
  /** Of what the client told of, in order. */
  readonly seqs: number[] = [];
  /** Of all that came, over whatever connection. */
  readonly #received = new Set<number>();
  readonly heard: string[] = [];
  readonly told: string[] = [];
  readonly mishaps: string[] = [];
  #session: string | undefined;

  constructor() {
    const received = this.#received;
    this.call = new Call({
      webSocket: class extends WebSocket {
        constructor(url: string) {
          super(url);
          this.addEventListener('message', ({ data }) => received.add(JSON.parse(data).seq));
        }
      },
    });
  }

  static async arriving(): Promise<Guest> {
    const guest = new Guest();
    const { call, seqs, mishaps } = guest;
    new SilentPlayback(call);
    call.on('audio', ({ seq }) => seqs.push(seq));
    call.on('message', ({ type, seq }) => {
      // Those about the connection are no part of the call.
      if (type !== 'session.ready' && type !== 'session.resumed' && type !== 'session.reconnect')
        seqs.push(seq);
    });
    call.on('user_transcript', ({ text, isFinal }) => isFinal && guest.heard.push(text));
    call.on('transcript', ({ text, isFinal }) => isFinal && guest.told.push(text));
    call.on('session.resumed', ({ lost }) => lost > 0 && mishaps.push(`${lost} messages were lost`));
    call.on('error', ({ code }) => mishaps.push(code));
    await call.connect(url());
    call.start();
    await call.next('provider.ready');
    guest.#session = call.sessionId;
    call.on('ended', ({ cause, reason }) => mishaps.push(`${cause}: ${reason}`));
    call.on('retrying', () => mishaps.push('the connection was lost'));
    return guest;
  }

  /** Counts aloud to eight, and waits for the answer. */
  async counts(): Promise<void> {
    const { call } = this;
    const answered = call.next('response.end');
    call.bargeIn();
    for (let word = 1; word <= 8; word++) {
      call.sendAudio(numberedWord(word));
      await sleep(100);
    }
    call.commit();
    await answered;
  }

  async listens(): Promise<void> {
    this.call.sendText('Tell me the story');
    await this.call.next('response.end');
  }

  /** Counts, or listens, again and again, with a pause after each answer. @returns how often */
  async keeps(doing: 'counts' | 'listens', isOver: () => boolean): Promise<number> {
    let times = 0;
    for (; !isOver(); times++) {
      const isHeard = this.#heardOut();
      await this[doing]();
      await isHeard;
      await sleep(300);
    }
    return times;
  }

  /** The answer that is to come can have been heard to its end. */
  #heardOut(): Promise<void> {
    return new Promise((resolve) => {
      const off = this.call.on('lane.owner_changed', ({ to, cause }) => {
        if (to !== 'none' || cause !== 'response_done') return;
        off();
        resolve();
      });
    });
  }

  async leaves(): Promise<void> {
    this.expectUnbroken();
    this.call.on('ended', () => this.mishaps.pop());
    await this.call.end();
  }

  expectUnbroken(): void {
    expect(this.mishaps).toEqual([]);
    expect(this.call.sessionId).toBe(this.#session);
    const inOrder = (seqs: Iterable<number>) => [...new Set(seqs)].toSorted((a, b) => a - b);
    expect(this.seqs).toEqual(inOrder(this.seqs));
    const all = inOrder(this.#received);
    expect(all).toEqual(all.map((_, index) => index + 1));
  }
}

describe('nginx before the gateways', () => {
  it('passes calls and the page, keeps the inside of the cluster to itself, and logs no token', async () => {
    expect((await http('/ready')).status).toBe(200);
    for (const path of ['/status', '/metrics', '//status', '/%73tatus', '/status?x=1'])
      expect((await http(path)).status).toBe(404);
    const first = await TestCaller.started(url());
    await first.leave();
    await using second = TestCaller.resume(url(), first);
    await second.next('session.resumed');
    await shared.logged(/"GET \/" 101 /);
  });
});

describe('a gateway primary', () => {
  it('that is killed costs its callers a reconnect to the other one, and new callers nothing', async () => {
    const guests = await Promise.all(Array.from({ length: 4 }, () => Guest.arriving()));
    const reconnecting = await callersOf(shared.bed.urls[0]!, 4);
    expect(reconnecting).toBeGreaterThan(0);
    const back = guests.map(({ call }) => call.next('session.resumed'));
    const [gateway] = shared.bed.primaries.gateway;
    gateway!.kill('SIGKILL');
    const returned = await Promise.all([Promise.any(back), gateway!.exited]);
    expect(returned[0].lost).toBe(0);
    const more = await Promise.all(Array.from({ length: 4 }, () => Guest.arriving()));
    await Promise.all([...guests, ...more].map((guest) => guest.counts()));
    const retried = guests.filter(({ mishaps }) => mishaps.length > 0);
    expect(retried).toHaveLength(reconnecting);
    for (const { mishaps } of retried) {
      expect(new Set(mishaps)).toEqual(new Set(['the connection was lost']));
      mishaps.length = 0;
    }
    await gateway!.start();
    for (const guest of [...guests, ...more]) await guest.leaves();
  });

  it('that is told to leave sends its callers to the other one: nobody notices, whoever does not listen is closed, and a second signal changes nothing', async () => {
    const guests = await Promise.all(Array.from({ length: 6 }, () => Guest.arriving()));
    const [leaving] = shared.bed.primaries.gateway;
    const direct = shared.bed.urls[0]!;
    const plain = await TestCaller.started(direct.replace('http', 'ws'));
    expect(await callersOf(direct, 7)).toBeGreaterThan(1);
    const stories = guests.slice(0, 3).map((guest) => guest.listens());
    const counts = guests.slice(3).map((guest) => guest.counts());
    const asked = guests.map(({ call }) => call.next('session.reconnect'));
    leaving!.kill('SIGTERM');
    await Promise.any(asked);
    leaving!.kill('SIGTERM');
    const ready = await fetch(`${direct}/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { reasons: [{ code: 'DRAINING' }] }]);
    // Whichever of the two nginx asks first.
    const late = await Promise.all([1, 2, 3].map(() => Guest.arriving()));

    expect(await plain.closed).toEqual({ code: 4017, reason: 'DRAINING' });
    // What a gateway says itself does not count: a caller who comes back would ask for too little.
    const { seq } = plain.messages.at(-3)!;
    expect(plain.messages.slice(-2)).toMatchObject([
      { type: 'session.reconnect', seq },
      { type: 'error', code: 'DRAINING', retryable: true, seq },
    ]);
    expect(await leaving!.exited).toEqual({ code: 0, signal: null });
    await using back = TestCaller.resume(url(), plain);
    expect(await back.next('session.resumed')).toMatchObject({ lost: 0 });
    await back.asks('Do you hear me?');

    await Promise.all([...stories, ...counts]);
    for (const { told } of guests.slice(0, 3)) expect(told).toEqual([story]);
    for (const { heard } of guests.slice(3)) expect(heard).toEqual(['1 2 3 4 5 6 7 8.']);
    await leaving!.start();
    for (const guest of [...guests, ...late]) await guest.leaves();
  });
});

describe('a rolling restart of every gateway and worker', () => {
  it(
    'loses no call and no word, whoever speaks and whoever is spoken to',
    async () => {
      const guests = await Promise.all(Array.from({ length: 6 }, () => Guest.arriving()));
      let isOver = false;
      const times = guests.map((guest, i) => guest.keeps(i % 2 === 0 ? 'counts' : 'listens', () => isOver));
      const { gateway, worker } = shared.bed.primaries;
      for (const primary of [...gateway, ...worker]) {
        await primary.stop();
        expect(await primary.exited).toEqual({ code: 0, signal: null });
        await primary.start();
      }
      isOver = true;
      for (const [i, guest] of guests.entries()) {
        const turns = await times[i]!;
        if (i % 2 === 0) expect(guest.heard).toEqual(Array(turns).fill('1 2 3 4 5 6 7 8.'));
        else expect(guest.told).toEqual(Array(turns).fill(story));
        await guest.leaves();
      }
      await callersOf(shared.bed.urls[0]!, 0);
    },
    rollingLimitMs,
  );
});
