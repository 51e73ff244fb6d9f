import { bytesOf } from '@vjj/shared/audio.ts';

/** Loudness is measured in pieces of this length. */
const frameSamples = bytesOf(20) / 2;
/** Frames below this hold no speech (−50 dBFS). */
const silenceRms = 100;
/** Frames this far below the mean of the others are pauses: a tenth of the power, the gate of ITU-R BS.1770. */
const pauseOfMean = 0.1;
/** Samples stay this far from the limit of 16 bits (−0.5 dBFS). */
const highestPeak = 30_900;
/** No line is made louder or softer than by this factor (12 dB); more would lift its noise. */
const mostGain = 4;

/**
 * Loudness of the speech in PCM16 audio: root mean square of its samples, pauses left out; 0 when there is no
 * speech.
 * @param step every so manyth sample is read; 4 is as good as 1 for speech and four times as fast
 */
export function speechRms(pcm: Buffer, step = 1): number {
  const samples = samplesOf(pcm);
  const powers: number[] = [];
  for (let at = 0; at < samples.length; at += frameSamples) {
    const power = powerOf(samples, at, Math.min(samples.length, at + frameSamples), step);
    if (power >= silenceRms ** 2) powers.push(power);
  }
  const gate = mean(powers) * pauseOfMean;
  return Math.sqrt(mean(powers.filter((power) => power >= gate)));
}

/** The factor that brings speech to a loudness without clipping; 1 when there is no speech. */
export function gainTo(targetRms: number, pcm: Buffer): number {
  const loudness = speechRms(pcm);
  if (loudness === 0) return 1;
  const wanted = Math.min(mostGain, Math.max(1 / mostGain, targetRms / loudness));
  return Math.min(wanted, highestPeak / peakOf(pcm));
}

/** The audio times the gain: a copy, or the same buffer when the difference cannot be heard. */
export function withGain(pcm: Buffer, gain: number): Buffer {
  if (Math.abs(gain - 1) < 0.02) return pcm;
  const samples = samplesOf(pcm);
  const louder = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) louder[i] = clamp(Math.round(samples[i]! * gain));
  return Buffer.from(louder.buffer);
}

/** The samples of PCM16, on a machine whose own order of bytes is the same; a view, or a copy when they lie askew. */
function samplesOf(pcm: Buffer): Int16Array {
  const { buffer, byteOffset, length } = pcm.byteOffset % 2 === 0 ? pcm : new Uint8Array(pcm);
  return new Int16Array(buffer, byteOffset, length >> 1);
}

function powerOf(samples: Int16Array, from: number, to: number, step: number): number {
  let sum = 0;
  let count = 0;
  for (let i = from; i < to; i += step) {
    sum += samples[i]! ** 2;
    count++;
  }
  return sum / count;
}

function peakOf(pcm: Buffer): number {
  const samples = samplesOf(pcm);
  let peak = 1;
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]!));
  return peak;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function clamp(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, sample));
}
