/** Full scale of a PCM16 sample. */
const fullScale = 32_768;

/** The bytes of the samples, without a copy. PCM on the wire is little-endian, as is every host this runs on. */
export function bytesOfSamples(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** The samples of the bytes; a copy only where the bytes start at an odd address. A trailing odd byte is left out. */
export function samplesOfBytes(pcm: Uint8Array): Int16Array {
  const length = pcm.byteLength >> 1;
  if (pcm.byteOffset % 2 === 0) return new Int16Array(pcm.buffer, pcm.byteOffset, length);
  return new Int16Array(pcm.slice(0, length * 2).buffer);
}

/** One float sample (−1 to 1, clipped) as PCM16. */
export function toPcm16(sample: number): number {
  return Math.max(-fullScale, Math.min(fullScale - 1, Math.round(sample * fullScale)));
}

/** One PCM16 sample as a float in −1 to 1. */
export function fromPcm16(sample: number): number {
  return sample / fullScale;
}
