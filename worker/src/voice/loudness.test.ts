import { bytesOf } from '@vjj/shared/audio.ts';
import { describe, expect, it } from 'vitest';
import { fadedOut } from './fade.ts';
import { gainTo, speechRms, withGain } from './loudness.ts';
import { LoudnessReference } from './loudness-reference.ts';

/** A tone whose root mean square is `level`. */
function tone(ms: number, level: number): Buffer {
  const pcm = Buffer.alloc(bytesOf(ms));
  for (let i = 0; i < pcm.length / 2; i++) {
    pcm.writeInt16LE(Math.round(Math.SQRT2 * level * Math.sin((2 * Math.PI * i * 300) / 24_000)), 2 * i);
  }
  return pcm;
}
const silence = (ms: number) => Buffer.alloc(bytesOf(ms));
const dB = (ratio: number) => 20 * Math.log10(ratio);

describe('the loudness of speech', () => {
  it('leaves pauses out', () => {
    const speech = Buffer.concat([tone(400, 2000), silence(600), tone(400, 2000), tone(300, 150)]);
    expect(speechRms(speech)).toBeCloseTo(2000, -1.5);
    expect(speechRms(speech, 4)).toBeCloseTo(2000, -1.5);
    expect(speechRms(silence(500))).toBe(0);
  });

  it.each([
    ['softer', 6000],
    ['louder', 1500],
  ])('is brought to the target when it must be %s', (_what, level) => {
    const pcm = tone(500, level);
    expect(Math.abs(dB(speechRms(withGain(pcm, gainTo(3000, pcm))) / 3000))).toBeLessThan(0.1);
  });

  it('never clips, and does not lift a whisper with its noise', () => {
    const click = tone(500, 1000);
    click.writeInt16LE(30_000, 1000);
    expect(gainTo(8000, click)).toBeLessThan(1.05);
    expect(gainTo(3000, tone(500, 200))).toBe(4);
    expect(gainTo(3000, silence(500))).toBe(1);
  });

  it('is the same wherever the audio lies in memory', () => {
    const pcm = tone(200, 2000);
    const askew = Buffer.concat([Buffer.alloc(1), pcm]).subarray(1);
    expect(speechRms(askew)).toBe(speechRms(pcm));
    expect(withGain(askew, 1.5).equals(withGain(pcm, 1.5))).toBe(true);
  });

  it('costs no copy when nothing would be heard of it', () => {
    const pcm = tone(100, 3000);
    expect(withGain(pcm, 1.01)).toBe(pcm);
  });

  it('falls to nothing in a fade, in a copy', () => {
    const pcm = tone(20, 3000);
    const before = Buffer.from(pcm);
    const faded = fadedOut(pcm);
    expect(faded.length).toBe(pcm.length);
    expect(Math.abs(faded.readInt16LE(faded.length - 2))).toBe(0);
    expect(speechRms(faded.subarray(-bytesOf(5)))).toBeLessThan(speechRms(faded.subarray(0, bytesOf(5))) / 3);
    expect(pcm.equals(before)).toBe(true);
  });
});

describe('the loudness of the answers', () => {
  const hear = (reference: LoudnessReference, voice: string, level: number, pieces: number) => {
    for (let i = 0; i < pieces; i++) reference.observe(voice, tone(100, level));
  };

  it('is what ready-made lines follow, voice by voice', () => {
    const reference = new LoudnessReference();
    const usual = reference.targetRms('marin');
    hear(reference, 'marin', 2000, 200);
    expect(Math.abs(dB(reference.targetRms('marin') / 2000))).toBeLessThan(1.5);
    expect(reference.targetRms('cedar')).toBe(usual);
  });

  it('is believed after some seconds only, and not beyond 6 dB', () => {
    const reference = new LoudnessReference();
    const usual = reference.targetRms('marin');
    hear(reference, 'marin', 300, 40);
    expect(reference.targetRms('marin')).toBe(usual);
    hear(reference, 'marin', 300, 400);
    expect(dB(reference.targetRms('marin') / usual)).toBeCloseTo(-6, 0);
  });

  it('is not lowered by the pauses between words', () => {
    const reference = new LoudnessReference();
    hear(reference, 'marin', 5000, 200);
    const target = reference.targetRms('marin');
    for (let i = 0; i < 400; i++) reference.observe('marin', silence(100));
    expect(reference.targetRms('marin')).toBe(target);
  });

  it('stays put while differences cannot be heard', () => {
    const reference = new LoudnessReference();
    hear(reference, 'marin', 2000, 200);
    const target = reference.targetRms('marin');
    for (let i = 0; i < 50; i++) hear(reference, 'marin', i % 2 ? 1900 : 2150, 8);
    expect(reference.targetRms('marin')).toBe(target);
  });
});
