import { bytesOf, rms } from '@vjj/shared/audio.ts';

/** Audio is looked at in pieces of this length. */
const frameBytes = bytesOf(10);
/** Quieter than this is silence (−55 dBFS): above the noise of a synthesiser, below its softest consonant. */
const silenceRms = 60;
/** Kept before the first sound, so that a soft beginning is not cut. */
const leadInBytes = bytesOf(20);
/** Kept after the last sound, for what dies away. */
const tailBytes = bytesOf(60);

/** The part of PCM16 audio between its silences, without a copy; empty when all of it is silent. */
export function trimSilence(pcm: Buffer): Buffer {
  let first = 0;
  while (first < pcm.length && isSilent(pcm, first)) first += frameBytes;
  if (first >= pcm.length) return pcm.subarray(0, 0);
  let end = pcm.length;
  while (isSilent(pcm, end - frameBytes)) end -= frameBytes;
  return pcm.subarray(Math.max(0, first - leadInBytes), Math.min(pcm.length, end + tailBytes));
}

function isSilent(pcm: Buffer, at: number): boolean {
  return rms(pcm.subarray(Math.max(0, at), at + frameBytes)) < silenceRms;
}
