import { bytesOf } from '@vjj/shared/audio.ts';
import { describe, expect, it } from 'vitest';
import { Microphone } from './microphone.ts';

const loud = Buffer.from(new Int16Array(bytesOf(100) / 2).fill(3000).buffer);
const quiet = Buffer.from(new Int16Array(bytesOf(100) / 2).fill(50).buffer);
const microphone = () => new Microphone({ cooldownMs: 1500, minRms: 200 });

describe('the microphone', () => {
  it('passes speech while the agent listens', () => {
    expect(microphone().judge(loud, true, 0)).toBe('pass');
  });

  it('keeps back what comes while the agent answers', () => {
    expect(microphone().judge(loud, false, 0)).toBe('drop');
  });

  it('keeps back what may be the echo of the agent, until the cooldown is over', () => {
    const mic = microphone();
    mic.playbackEnds(1000);
    expect(mic.judge(loud, true, 2499)).toBe('drop');
    expect(mic.judge(loud, true, 2500)).toBe('pass');
  });

  it('passes at once when the caller means to be heard', () => {
    const mic = microphone();
    mic.playbackEnds(1000);
    mic.open();
    expect(mic.judge(loud, true, 1001)).toBe('pass');
  });

  it('keeps back frames that were under way when the caller stopped', () => {
    const mic = microphone();
    mic.stop(1000);
    expect(mic.judge(loud, true, 1100)).toBe('drop');
    expect(mic.judge(loud, true, 1200)).toBe('pass');
  });

  it('drops quiet frames in push-to-talk, and makes them silence in open-mic, whose detector counts time', () => {
    const mic = microphone();
    expect(mic.judge(quiet, true, 0)).toBe('drop');
    mic.mode = 'open-mic';
    expect(mic.judge(quiet, true, 0)).toBe('silence');
  });

  it('has an utterance from 100 ms of audio on, and none after it was taken', () => {
    const mic = microphone();
    mic.judge(loud.subarray(0, bytesOf(80)), true, 0);
    expect(mic.hasUtterance).toBe(false);
    mic.judge(loud.subarray(0, bytesOf(20)), true, 20);
    expect(mic.hasUtterance).toBe(true);
    mic.taken();
    expect(mic.hasUtterance).toBe(false);
  });
});
