import { bytesPerMs } from '@vjj/shared/protocol/messages.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CallEvents } from './call-events.ts';
import { Emitter } from './emitter.ts';
import { SilentPlayback } from './silent-playback.ts';

/** As much of a call as a player sees. */
function scene() {
  const events = new Emitter<CallEvents>();
  const endings: number[] = [];
  const call = {
    playback: undefined,
    on: events.on.bind(events),
    playbackEnded: () => {
      endings.push(playback.playedMs());
      return true;
    },
  };
  const playback = new SilentPlayback(call);
  const hear = (ms: number, answer: number) =>
    events.emit('audio', { pcm: new Uint8Array(ms * bytesPerMs), lane: 'B', seq: 1, answer });
  const end = () => events.emit('response.end', { type: 'response.end', timestamp: 0, seq: 1 });
  return { playback, endings, hear, end, flush: () => events.emit('flush', { cause: 'interrupted' }) };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('plays at the pace of speech, and says when it has ended', () => {
  const { playback, endings, hear, end } = scene();
  hear(400, 1);
  end();
  vi.advanceTimersByTime(150);
  expect(playback.playedMs()).toBe(150);
  expect(playback.isPlaying()).toBe(true);
  vi.advanceTimersByTime(250);
  expect(playback.isPlaying()).toBe(false);
  expect(endings).toEqual([400]);
});

test('silence between two chunks is not heard speech', () => {
  const { playback, hear } = scene();
  hear(100, 1);
  vi.advanceTimersByTime(500);
  hear(100, 1);
  vi.advanceTimersByTime(50);
  expect(playback.playedMs()).toBe(150);
});

test('a flush stops the count where it is', () => {
  const { playback, hear, flush } = scene();
  hear(1_000, 1);
  vi.advanceTimersByTime(300);
  flush();
  vi.advanceTimersByTime(300);
  expect(playback.playedMs()).toBe(300);
  expect(playback.isPlaying()).toBe(false);
});

test('another answer counts from nothing', () => {
  const { playback, hear } = scene();
  hear(100, 1);
  vi.advanceTimersByTime(100);
  hear(100, 2);
  vi.advanceTimersByTime(40);
  expect(playback.playedMs()).toBe(40);
});
