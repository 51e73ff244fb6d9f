import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { describe, expect, it } from 'vitest';
import { type GateOptions, OutputGate } from './output-gate.ts';

const leadMs = 600;

/** A gate on a clock that the test moves. */
function gateAt(startMs: number, hold: GateOptions['hold'] = 'pace') {
  const heard: { atMs: number; ms: number }[] = [];
  const events: string[] = [];
  const ticker = new Ticker(1_000_000);
  const listeners = new Set<(now: number) => void>();
  ticker.add = (listener) => void listeners.add(listener);
  ticker.remove = (listener) => void listeners.delete(listener);
  let now = startMs;
  const gate = new OutputGate({ leadMs, hold }, ticker, {
    audio: (pcm) => {
      heard.push({ atMs: now, ms: durationMs(pcm.length) });
      events.push('audio');
    },
    released: () => events.push('released'),
    played: () => events.push('played'),
  });
  gate.open();
  return {
    gate,
    heard,
    events,
    listeners,
    now: () => now,
    /** Lets time pass in beats of 20 ms. */
    run(ms: number) {
      for (const end = now + ms; now < end; ) {
        now += 20;
        for (const listener of listeners) listener(now);
      }
    },
    sentMs: () => heard.reduce((sum, piece) => sum + piece.ms, 0),
  };
}

const speech = (ms: number) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(4000).buffer);
const silence = (ms: number) => Buffer.alloc(bytesOf(ms));

describe('the output gate', () => {
  it('lets the first audio out at once, however short', () => {
    const { gate, heard, now } = gateAt(0);
    gate.pushAudio(speech(20), now());
    expect(heard).toEqual([{ atMs: 0, ms: 20 }]);
  });

  it('is never further ahead of the ear than its lead and one piece', () => {
    const bed = gateAt(1000);
    bed.gate.pushAudio(speech(5000), bed.now());
    for (let i = 0; i < 200; i++) {
      expect(bed.sentMs() - (bed.now() - 1000)).toBeLessThanOrEqual(leadMs + 100);
      bed.run(20);
    }
  });

  it('never lets the player run dry when there is audio', () => {
    const bed = gateAt(1000);
    bed.gate.pushAudio(speech(3000), bed.now());
    bed.gate.finish(bed.now());
    while (!bed.events.includes('released')) {
      expect(bed.sentMs()).toBeGreaterThanOrEqual(bed.now() - 1000);
      bed.run(20);
    }
    expect(bed.sentMs()).toBe(3000);
  });

  it('gathers small deltas into pieces of 100 ms once the player has some in hand', () => {
    const bed = gateAt(0);
    for (let i = 0; i < 50; i++) {
      bed.gate.pushAudio(speech(20), bed.now());
      bed.run(20);
    }
    const late = bed.heard.filter((piece) => piece.atMs > 400);
    expect(late.every((piece) => piece.ms >= 20)).toBe(true);
    bed.gate.finish(bed.now());
    expect(bed.sentMs()).toBe(1000);
  });

  it('keeps every byte in order, whatever the sizes of the deltas', () => {
    const bytes = Buffer.from(Uint8Array.from({ length: bytesOf(2000) }, (_, i) => i % 251));
    const out: Buffer[] = [];
    const gate = new OutputGate({ leadMs: 10_000, hold: 'pace' }, new Ticker(1_000_000), {
      audio: (pcm) => out.push(Buffer.from(pcm)),
      released: () => undefined,
      played: () => undefined,
    });
    gate.open();
    for (let at = 0, size = 2; at < bytes.length; at += size, size = (size * 7 + 2) % 9002) {
      size += size % 2;
      gate.pushAudio(bytes.subarray(at, at + size), 0);
    }
    gate.finish(0);
    expect(Buffer.concat(out).equals(bytes)).toBe(true);
  });

  it('begins to count anew after a gap in the answer', () => {
    const bed = gateAt(0);
    bed.gate.pushAudio(speech(100), bed.now());
    bed.run(1000);
    bed.gate.pushAudio(speech(5000), bed.now());
    expect(bed.sentMs()).toBeLessThanOrEqual(100 + leadMs + 100);
  });

  it('releases words with the audio they belong to, and all of them at the end', () => {
    const bed = gateAt(0);
    const said: string[] = [];
    bed.gate.pushCompanion(() => said.push('early'), bed.now());
    expect(said).toEqual([]);
    bed.gate.pushAudio(speech(2000), bed.now());
    expect(said).toEqual(['early']);
    bed.gate.pushCompanion(() => said.push('late'), bed.now());
    bed.run(500);
    expect(said).toEqual(['early']);
    bed.gate.finish(bed.now());
    bed.run(3000);
    expect(said).toEqual(['early', 'late']);
    expect(bed.events.slice(-2)).toEqual(['released', 'played']);
  });

  it('ends an answer without audio', () => {
    const bed = gateAt(0);
    bed.gate.finish(bed.now());
    expect(bed.events).toEqual(['released', 'played']);
  });

  it('lets nothing out after it was closed, and stops its beat', () => {
    const bed = gateAt(0);
    bed.gate.pushAudio(speech(5000), bed.now());
    const before = bed.sentMs();
    bed.gate.close();
    bed.gate.pushAudio(speech(100), bed.now());
    bed.run(2000);
    expect(bed.sentMs()).toBe(before);
    expect(bed.listeners.size).toBe(0);
    expect(bed.events).not.toContain('released');
  });

  it('knows what can have been heard: released, and not faster than time', () => {
    const bed = gateAt(0);
    expect(bed.gate.heardMs(bed.now())).toBe(0);
    bed.gate.pushAudio(speech(300), bed.now());
    bed.run(100);
    expect(bed.gate.heardMs(bed.now())).toBe(100);
    bed.run(1000);
    expect(bed.gate.heardMs(bed.now())).toBe(300);
  });

  it('says that an answer was released when it has left, and that it was played when it can have been heard', () => {
    const bed = gateAt(0);
    bed.gate.pushAudio(speech(1000), bed.now());
    bed.gate.finish(bed.now());
    bed.run(440);
    expect(bed.events.at(-1)).toBe('released');
    bed.run(540);
    expect(bed.events.at(-1)).toBe('released');
    bed.run(40);
    expect(bed.events.at(-1)).toBe('played');
    expect(bed.listeners.size).toBe(0);
  });

  it('believes a client that says its speaker is silent', () => {
    const bed = gateAt(0);
    bed.gate.pushAudio(speech(300), bed.now());
    bed.gate.playbackEnded();
    expect(bed.events).not.toContain('played');
    bed.gate.finish(bed.now());
    bed.gate.playbackEnded();
    expect(bed.events.at(-1)).toBe('played');
  });

  it('keeps back what has not left while it is paused, and goes on from there', () => {
    const bed = gateAt(0);
    bed.gate.pushAudio(speech(3000), bed.now());
    bed.run(100);
    bed.gate.pause();
    const before = bed.sentMs();
    bed.run(2000);
    expect(bed.sentMs()).toBe(before);
    bed.gate.resume(bed.now());
    bed.gate.finish(bed.now());
    bed.run(4000);
    expect(bed.sentMs()).toBe(3000);
  });
});

describe('the output gate in strict mode', () => {
  it('lets nothing out before its words were judged', () => {
    const bed = gateAt(0, 'sentence');
    bed.gate.pushAudio(speech(2000), bed.now());
    bed.run(3000);
    expect(bed.sentMs()).toBe(0);
  });

  it('lets out what is covered, up to a pause', () => {
    const bed = gateAt(0, 'sentence');
    for (const part of [speech(800), silence(200), speech(1000), silence(200), speech(800)]) {
      bed.gate.pushAudio(part, bed.now());
    }
    bed.gate.judged(20, bed.now()); // 800 ms by the fastest voice, less 200 ms
    expect(bed.sentMs()).toBe(0);
    bed.gate.judged(40, bed.now()); // 1,600 − 200 ms: the first pause is inside
    bed.run(3000);
    expect(bed.sentMs()).toBeGreaterThan(800);
    expect(bed.sentMs()).toBeLessThan(1000);
    bed.gate.judged(400, bed.now()); // all that was received, less 200 ms
    bed.run(3000);
    expect(bed.sentMs()).toBeGreaterThan(2000);
    expect(bed.sentMs()).toBeLessThan(2200);
    bed.gate.judgedAll(bed.now());
    bed.gate.finish(bed.now());
    bed.run(3000);
    expect(bed.sentMs()).toBe(3000);
  });

  it('never lets out more than was received before the judged words, whatever their number', () => {
    const bed = gateAt(0, 'sentence');
    bed.gate.judged(10_000, bed.now());
    for (const part of [speech(800), silence(200), speech(1000)]) bed.gate.pushAudio(part, bed.now());
    bed.run(3000);
    expect(bed.sentMs()).toBe(0);
  });

  it('keeps of an answer that must be rewritten what was judged, up to the last pause', () => {
    const bed = gateAt(0, 'sentence');
    const said: string[] = [];
    bed.gate.pushAudio(speech(800), bed.now());
    bed.gate.pushAudio(silence(200), bed.now());
    bed.gate.pushAudio(speech(1000), bed.now());
    bed.gate.pushCompanion(() => said.push('too late'), bed.now());
    bed.gate.judged(45, bed.now());
    const keptMs = bed.gate.keepJudged();
    expect(keptMs).toBe(860);
    bed.gate.pushAudio(speech(500), bed.now());
    bed.gate.judgedAll(bed.now());
    bed.gate.finish(bed.now());
    bed.run(4000);
    expect(bed.sentMs()).toBe(860 + 500);
    expect(said).toEqual([]);
  });
});

describe('in either mode', () => {
  it('of several texts that are due together only the last is told', () => {
    const bed = gateAt(0);
    const said: string[] = [];
    for (const text of ['a', 'a b', 'a b c'])
      bed.gate.pushCompanion(() => said.push(text), bed.now(), 'transcript');
    bed.gate.pushCompanion(() => said.push('citation'), bed.now());
    bed.gate.pushAudio(speech(100), bed.now());
    expect(said).toEqual(['a b c', 'citation']);
  });

  it('what has left cannot be taken back by a rewrite', () => {
    const bed = gateAt(0);
    bed.gate.pushAudio(speech(2000), bed.now());
    const before = bed.sentMs();
    expect(bed.gate.keepJudged()).toBe(before);
    bed.gate.finish(bed.now());
    bed.run(4000);
    expect(bed.sentMs()).toBe(before);
  });
});
