import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { describe, expect, it } from 'vitest';
import { OutputGate } from './output-gate.ts';

const leadMs = 600;

/** A gate on a clock that the test moves. */
function gateAt(startMs: number) {
  const heard: { atMs: number; ms: number }[] = [];
  const events: string[] = [];
  const ticker = new Ticker(1_000_000);
  const listeners = new Set<(now: number) => void>();
  ticker.add = (listener) => void listeners.add(listener);
  ticker.remove = (listener) => void listeners.delete(listener);
  let now = startMs;
  const gate = new OutputGate(leadMs, ticker, {
    audio: (pcm) => {
      heard.push({ atMs: now, ms: durationMs(pcm.length) });
      events.push('audio');
    },
    drained: () => events.push('drained'),
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

const speech = (ms: number) => Buffer.alloc(bytesOf(ms), 1);

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
    while (!bed.events.includes('drained')) {
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
    const gate = new OutputGate(10_000, new Ticker(1_000_000), {
      audio: (pcm) => out.push(Buffer.from(pcm)),
      drained: () => undefined,
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
    expect(bed.events.at(-1)).toBe('drained');
  });

  it('ends an answer without audio', () => {
    const bed = gateAt(0);
    bed.gate.finish(bed.now());
    expect(bed.events).toEqual(['drained']);
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
    expect(bed.events).not.toContain('drained');
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
});
