import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import { monotonicMs, Ticker } from '@vjj/shared/clock.ts';
import { describe, expect, it } from 'vitest';
import { Microphone } from './microphone.ts';

const frame = (level: number, ms: number) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(level).buffer);
const loud = (ms = 100) => frame(3000, ms);
const quiet = (ms = 100) => frame(50, ms);

/** A microphone and what came out of it. */
function microphone() {
  const appended: Buffer[] = [];
  const events: string[] = [];
  const ticker = new Ticker(1_000_000);
  const beats = new Set<(now: number) => void>();
  ticker.add = (beat) => void beats.add(beat);
  ticker.remove = (beat) => void beats.delete(beat);
  const mic = new Microphone(
    { cooldownMs: 1500, minRms: 200, ticker },
    {
      append: (base64) => appended.push(Buffer.from(base64.toString('latin1'), 'base64')),
      clear: () => events.push('clear'),
      commit: () => events.push('commit'),
      passed: () => undefined,
    },
  );
  return {
    mic,
    events,
    beats,
    hear: (pcm: Buffer, nowMs: number, isListening = true) => mic.hear({ pcm }, isListening, nowMs),
    /** What was passed on: milliseconds, `-` before them where it is silence. */
    passed: () =>
      appended
        .map((pcm) => `${pcm.every((byte) => byte === 0) ? '-' : ''}${durationMs(pcm.length)}`)
        .join(' '),
  };
}

describe('the microphone', () => {
  it('passes speech while the agent listens', () => {
    const { hear, passed } = microphone();
    hear(loud(), 0);
    expect(passed()).toBe('100');
  });

  it('keeps back what comes while the agent answers', () => {
    const { hear, passed } = microphone();
    hear(loud(), 0, false);
    expect(passed()).toBe('');
  });

  it('stays open when the end of what was heard is only told again', () => {
    const { mic, hear, passed } = microphone();
    mic.isRepeated = true;
    hear(loud(), 1000);
    mic.playbackEnds(1000);
    mic.isRepeated = false;
    hear(loud(), 1100);
    expect(passed()).toBe('100 100');
  });

  it('keeps back what may be the echo of the agent, until the cooldown is over', () => {
    const { mic, hear, passed } = microphone();
    mic.playbackEnds(1000);
    hear(loud(), 2499);
    expect(passed()).toBe('');
    hear(loud(), 2500);
    expect(passed()).toBe('100');
  });

  it('passes a quick word that was kept back, from its onset, when the caller turns out to have meant it', () => {
    const { mic, hear, passed } = microphone();
    mic.playbackEnds(1000);
    hear(quiet(), 1100);
    hear(loud(), 1200);
    hear(loud(), 1300);
    mic.open(1350);
    expect(passed()).toBe('260');
    hear(loud(), 1400);
    expect(passed()).toBe('260 100');
  });

  it('keeps back frames that were under way when the caller stopped, and forgets what was said', () => {
    const { mic, hear, passed, events } = microphone();
    hear(loud(), 900);
    mic.stop(1000);
    hear(loud(), 1100);
    expect(passed()).toBe('100');
    expect(events).toEqual(['clear']);
    hear(loud(), 1200);
    expect(passed()).toBe('100 100');
    expect(mic.commitSoon()).toBe(true);
    mic.close();
  });

  it('drops quiet frames in push-to-talk, and makes them silence in open-mic, whose detector counts time', () => {
    const { mic, hear, passed } = microphone();
    hear(quiet(), 0);
    expect(passed()).toBe('');
    mic.mode = 'open-mic';
    hear(loud(), 0);
    hear(quiet(), 100);
    expect(passed()).toBe('100 -100');
  });

  it('passes silence frame by frame only while the detector may wait for it, else half a second at once', () => {
    const { mic, hear, passed } = microphone();
    mic.mode = 'open-mic';
    for (let now = 0; now < 1000; now += 100) hear(quiet(), now);
    expect(passed()).toBe('-500 -500');
    hear(loud(), 1000);
    for (let now = 1100; now < 2600; now += 100) hear(quiet(), now);
    expect(passed()).toBe(`-500 -500 100${' -100'.repeat(9)} -500`);
    mic.speech(true);
    for (let now = 2600; now < 2900; now += 100) hear(quiet(), now);
    expect(passed()).toBe(`-500 -500 100${' -100'.repeat(9)} -500 -200 -100 -100`);
    mic.speech(false);
  });

  it('passes what it holds of the silence before the speech that follows, and forgets it with the rest', () => {
    const { mic, hear, passed } = microphone();
    mic.mode = 'open-mic';
    hear(quiet(), 0);
    hear(quiet(), 100);
    hear(loud(), 200);
    expect(passed()).toBe('-200 100');
    hear(quiet(), 1300);
    mic.forget();
    hear(loud(), 1400);
    expect(passed()).toBe('-200 100 100');
  });

  it('commits from 100 ms of audio on, 50 ms after the last of it', async () => {
    const { mic, hear, events } = microphone();
    hear(loud(80), 0);
    expect(mic.commitSoon()).toBe(false);
    hear(loud(80), 0);
    const last = monotonicMs();
    hear(loud(20), last);
    expect(mic.commitSoon()).toBe(true);
    expect(mic.isCommitting).toBe(true);
    await expect.poll(() => events.includes('commit'), { interval: 1 }).toBe(true);
    expect(monotonicMs() - last).toBeGreaterThanOrEqual(50);
    expect(mic.commitSoon()).toBe(false);
  });

  it('takes what comes within the commit window for no part of the utterance', () => {
    const { mic, hear, passed } = microphone();
    hear(loud(), monotonicMs());
    mic.commitSoon();
    hear(loud(), monotonicMs());
    expect(passed()).toBe('100');
    mic.close();
  });

  it('feeds silence when frames stop in the middle of speech, so that the detector hears the end', () => {
    const { mic, hear, passed, beats } = microphone();
    mic.mode = 'open-mic';
    hear(loud(), 1000);
    mic.speech(true);
    const beat = (nowMs: number) => {
      for (const listener of beats) listener(nowMs);
    };
    beat(1200);
    expect(passed()).toBe('100');
    for (let now = 1250; now <= 1650; now += 20) beat(now);
    expect(passed()).toBe('100 -100 -100 -100 -100 -100');
    mic.speech(false);
    expect(beats.size).toBe(0);
  });
});
