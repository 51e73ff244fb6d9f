import { bytesPerMs } from './protocol/messages.ts';

/** Length of PCM16 mono 24 kHz audio, in milliseconds. */
export function durationMs(pcmBytes: number): number {
  return pcmBytes / bytesPerMs;
}

/** Bytes of that many milliseconds, on a sample boundary. */
export function bytesOf(ms: number): number {
  return Math.round(ms * (bytesPerMs / 2)) * 2;
}

/**
 * Loudness of PCM16 little-endian audio: root mean square of its samples, 0–32,768.
 * Every fourth sample is read: speech has little above 3 kHz, and the floor it is compared with is coarse.
 */
export function rms(pcm: Buffer): number {
  let sum = 0;
  let count = 0;
  for (let at = 0; at + 1 < pcm.length; at += 8) {
    const sample = pcm[at]! | ((pcm[at + 1]! << 24) >> 16) | 0;
    sum += sample * sample;
    count++;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}
