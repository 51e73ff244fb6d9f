import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseReflex, Reflex } from './reflex.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const beatMs = 20;
const speech = (ms: number) => Buffer.alloc(bytesOf(ms), 0x11);

/** Lane A of a call, on a clock that the test moves. */
function laneA(lines: Record<string, Buffer>, random: () => number = Math.random) {
  const ticker = new Ticker(1_000_000);
  const listeners = new Set<(now: number) => void>();
  ticker.add = (listener) => void listeners.add(listener);
  ticker.remove = (listener) => void listeners.delete(listener);
  const sent: Buffer[] = [];
  const events: string[] = [];
  let now = 1000;
  const options = {
    voice: 'marin',
    lines: Object.keys(lines),
    delayMs: 100,
    phrases: { get: (voice: string, text: string) => (voice === 'marin' ? lines[text] : undefined) },
    ticker,
    random,
  };
  const reflex = new Reflex(options, {
    due: () => events.push(`due ${now}`),
    audio: (pcm) => sent.push(pcm),
    ended: () => events.push(`ended ${now}`),
  });
  return {
    reflex,
    sent,
    events,
    listeners,
    now: () => now,
    sentMs: () => durationMs(sent.reduce((sum, piece) => sum + piece.length, 0)),
    /** Lets time pass in beats. */
    run(ms: number, everyMs = beatMs) {
      for (const end = now + ms; now < end; ) {
        now += everyMs;
        vi.advanceTimersByTime(everyMs);
        for (const listener of listeners) listener(now);
      }
    },
  };
}

describe('the choice of an acknowledgement', () => {
  it.each([
    [['a', 'b', 'c'], undefined, 0, 'a'],
    [['a', 'b', 'c'], undefined, 0.999, 'c'],
    [['a', 'b', 'c'], 'a', 0, 'b'],
    [['a', 'b', 'c'], 'b', 0.5, 'c'],
    [['a', 'b', 'c'], 'c', 0.999, 'b'],
    [['a', 'b'], 'gone', 0.5, 'b'],
    [['a'], 'a', 0.5, undefined],
    [['a', 'a'], 'a', 0.5, undefined],
    [[], undefined, 0.5, undefined],
  ] as const)('of %o after %s by %d is %s', (lines, last, random, chosen) => {
    expect(chooseReflex(lines, last, random)).toBe(chosen);
  });

  it('reaches every line', () => {
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 100; i++) seen.add(chooseReflex(['a', 'b', 'c', 'd'], 'b', i / 100));
    expect([...seen].sort()).toEqual(['a', 'c', 'd']);
  });
});

describe('lane A', () => {
  it('is due after its delay, once', () => {
    const lane = laneA({ hm: speech(300) });
    lane.reflex.arm();
    lane.run(80);
    expect(lane.events).toEqual([]);
    lane.run(500);
    expect(lane.events).toEqual(['due 1100']);
    expect(lane.listeners.size).toBe(0);
  });

  it('counts its delay from the end of the turn', () => {
    const lane = laneA({ hm: speech(300) });
    lane.reflex.arm(60);
    lane.run(40);
    expect(lane.events).toEqual(['due 1040']);
    lane.reflex.arm(500);
    lane.run(20);
    expect(lane.events).toHaveLength(2);
  });

  it('is silent when lane B is fast', () => {
    const lane = laneA({ hm: speech(300) });
    lane.reflex.arm();
    lane.run(80);
    expect(lane.reflex.stop(lane.now())).toBeUndefined();
    lane.run(1000);
    expect(lane.events).toEqual([]);
    expect(lane.sent).toEqual([]);
    expect(lane.listeners.size).toBe(0);
  });

  it('is not due when nothing is at hand, or only what was said last', () => {
    const none = laneA({});
    none.reflex.arm();
    none.run(200);
    expect(none.events).toEqual([]);
    expect(none.reflex.start(none.now())).toBe(false);

    const one = laneA({ hm: speech(100) });
    expect(one.reflex.start(one.now())).toBe(true);
    one.run(200);
    one.reflex.arm();
    one.run(200);
    expect(one.events.filter((event) => event.startsWith('due'))).toEqual([]);
    expect(one.reflex.start(one.now())).toBe(false);
  });

  it('never says the same twice in a row', () => {
    const lines = { a: Buffer.alloc(2, 1), b: Buffer.alloc(2, 2), c: Buffer.alloc(2, 3) };
    const lane = laneA(lines);
    const said: (number | undefined)[] = [];
    for (let i = 0; i < 200; i++) {
      lane.reflex.start(lane.now());
      said.push(lane.sent.at(-1)?.[0]);
      lane.run(40);
    }
    expect(said.every((line, i) => i === 0 || line !== said[i - 1])).toBe(true);
    expect(new Set(said).size).toBe(3);
  });

  it('is at most 100 ms ahead of the ear, its fade included, and never runs dry', () => {
    const lane = laneA({ hm: speech(1500) });
    const startMs = lane.now();
    lane.reflex.start(startMs);
    while (lane.reflex.isPlaying) {
      const playedMs = Math.min(1500, lane.now() - startMs);
      expect(lane.sentMs()).toBeGreaterThanOrEqual(playedMs);
      expect(lane.sentMs() + 20).toBeLessThanOrEqual(playedMs + 100);
      lane.run(beatMs);
    }
    expect(lane.sentMs()).toBe(1500);
    expect(lane.events).toEqual([`ended ${startMs + 1500}`]);
    expect(lane.listeners.size).toBe(0);
  });

  it.each([7, 19.3, 33, 50])('keeps that up on a beat of %d ms', (everyMs) => {
    const lane = laneA({ hm: speech(700) });
    const startMs = lane.now();
    lane.reflex.start(startMs);
    while (lane.reflex.isPlaying) {
      expect(lane.sentMs()).toBeLessThanOrEqual(lane.now() - startMs + 80);
      lane.run(everyMs, everyMs);
    }
    expect(lane.sentMs()).toBe(700);
  });

  it('counts anew after the beat was late, and hurries nothing', () => {
    const lane = laneA({ hm: speech(1000) });
    lane.reflex.start(lane.now());
    lane.run(400, 400);
    expect(lane.sentMs()).toBe(160);
    expect(lane.reflex.playEndsMs).toBe(lane.now() + 80);
  });

  it('ends with a short fade when it is stopped, and is silent then', () => {
    const lane = laneA({ hm: speech(1000) });
    lane.reflex.start(lane.now());
    lane.run(200);
    const before = lane.sentMs();
    const last = lane.reflex.stop(lane.now());
    expect(durationMs(last!.length)).toBe(20);
    expect(last!.readInt16LE(0)).toBeGreaterThan(4000);
    expect(last!.readInt16LE(last!.length - 2)).toBe(0);
    // The ear is done with it within 100 ms.
    expect(lane.reflex.playEndsMs - lane.now()).toBeLessThanOrEqual(100);
    lane.run(1000);
    expect(lane.sentMs()).toBe(before);
    expect(lane.events).toEqual([]);
    expect(lane.listeners.size).toBe(0);
    expect(lane.reflex.stop(lane.now())).toBeUndefined();
  });

  it('needs no fade when all of it was sent', () => {
    const lane = laneA({ hm: speech(60) });
    lane.reflex.start(lane.now());
    expect(lane.reflex.stop(lane.now())).toBeUndefined();
    expect(lane.sentMs()).toBe(60);
  });

  it('lasts two seconds at most, and ends softly then', () => {
    const lane = laneA({ ramble: speech(5000) });
    lane.reflex.start(lane.now());
    lane.run(3000);
    expect(lane.sentMs()).toBe(2000);
    expect(lane.sent.at(-1)!.readInt16LE(lane.sent.at(-1)!.length - 2)).toBe(0);
    expect(lane.events).toEqual([`ended ${1000 + 2000}`]);
  });

  it('plays audio that all calls share, without copies and without writing to it', () => {
    const shared = speech(500);
    const before = Buffer.from(shared);
    const lane = laneA({ hm: shared });
    lane.reflex.start(lane.now());
    lane.run(200);
    lane.reflex.stop(lane.now());
    expect(lane.sent.every((piece) => piece.buffer === shared.buffer)).toBe(true);
    expect(shared.equals(before)).toBe(true);
  });
});
