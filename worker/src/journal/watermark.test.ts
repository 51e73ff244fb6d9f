import { describe, expect, it } from 'vitest';
import { Watermark } from './watermark.ts';

/** Frames of 100 ms, one after the other, beginning at that time. */
function frames(watermark: Watermark, from: number, to: number, fromMs: number): number {
  for (let frame = from; frame <= to; frame++) watermark.frame(frame, fromMs + (frame - from) * 100);
  return fromMs + (to - from) * 100;
}

describe('the watermark', () => {
  it('follows silence at a distance in which a word may have begun', () => {
    const watermark = new Watermark();
    const now = frames(watermark, 1, 50, 0);
    expect(watermark.position(now).frame).toBe(35);
    expect(watermark.position(now + 1500).frame).toBe(50);
  });

  it('stays before what the caller is saying, and before what is not text yet', () => {
    const watermark = new Watermark();
    let now = frames(watermark, 1, 30, 0);
    watermark.hearing(now);
    now = frames(watermark, 31, 90, now + 100);
    expect(watermark.position(now).frame).toBe(15);
    const spoken = watermark.taken(now);
    now = frames(watermark, 91, 150, now + 100);
    expect(watermark.position(now).frame).toBe(15);
    watermark.settled(spoken);
    expect(watermark.position(now).frame).toBe(135);
  });

  it('knows for as long as it keeps them that frames may be speech nobody has noticed', () => {
    const watermark = new Watermark();
    const now = frames(watermark, 1, 50, 0);
    expect(watermark.wasLoud(now)).toBe(false);
    watermark.loud(now);
    expect(watermark.wasLoud(now + 1499)).toBe(true);
    expect(watermark.wasLoud(now + 1500)).toBe(false);
    watermark.loud(now);
    watermark.forgotten();
    expect(watermark.wasLoud(now)).toBe(false);
  });

  it('goes to the end of an utterance at once when its words are text', () => {
    const watermark = new Watermark();
    const now = frames(watermark, 1, 5, 0);
    watermark.hearing(now);
    watermark.settled(watermark.taken(now));
    expect(watermark.position(now)).toEqual({ frame: 5, done: [] });
  });

  it('names what is done beyond it: a later utterance, a typed turn', () => {
    const watermark = new Watermark();
    let now = frames(watermark, 1, 3, 0);
    watermark.hearing(now);
    const first = watermark.taken(now);
    watermark.frame(4, ++now);
    watermark.done();
    watermark.frame(5, ++now);
    watermark.hearing(now);
    const second = watermark.taken(now);
    watermark.settled(second);
    expect(watermark.position(now)).toEqual({ frame: 0, done: [4, 5] });
    const next = new Watermark(watermark.position(now));
    expect([1, 3, 4, 5, 6].map((frame) => next.isDone(frame))).toEqual([false, false, true, true, false]);
    // Told twice by the gateway, a frame is no second one.
    expect([1, 3, 4, 5, 6].map((frame) => watermark.isDone(frame))).toEqual([true, true, true, true, false]);
    watermark.settled(first);
    expect(watermark.position(now)).toEqual({ frame: 5, done: [] });
  });

  it('repeats the end of an utterance with its words, although it was dealt with at once', () => {
    const watermark = new Watermark();
    const now = frames(watermark, 1, 3, 0);
    watermark.hearing(now);
    watermark.frame(4, now + 60);
    const spoken = watermark.taken(now + 60);
    watermark.done();
    expect(watermark.position(now + 60)).toEqual({ frame: 0, done: [] });
    watermark.settled(spoken);
    expect(watermark.position(now + 60)).toEqual({ frame: 4, done: [] });
  });

  it('forgets what was said and is not wanted', () => {
    const watermark = new Watermark();
    const now = frames(watermark, 1, 10, 0);
    watermark.hearing(now);
    watermark.forgotten();
    expect(watermark.position(now + 1500).frame).toBe(10);
  });

  it('never goes back, and goes on where the worker before was', () => {
    const watermark = new Watermark({ frame: 7, done: [9] });
    expect([7, 8, 9].map((frame) => watermark.isDone(frame))).toEqual([true, false, true]);
    watermark.frame(8, 0);
    watermark.done();
    expect(watermark.position(0)).toEqual({ frame: 9, done: [] });
  });

  it('begins anew with another connection; what was said over the one before cannot be repeated', () => {
    const watermark = new Watermark();
    let now = frames(watermark, 1, 20, 0);
    watermark.hearing(now);
    const spoken = watermark.taken(now);
    watermark.reconnected();
    expect(watermark.isDone(1)).toBe(false);
    now = frames(watermark, 1, 30, now + 100);
    expect(watermark.position(now).frame).toBe(15);
    watermark.settled(spoken);
    expect(watermark.position(now)).toEqual({ frame: 15, done: [] });
  });
});
