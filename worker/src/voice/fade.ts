/** A copy of PCM16 audio that falls evenly from its full level to nothing. */
export function fadedOut(pcm: Buffer): Buffer {
  const faded = Buffer.allocUnsafe(pcm.length);
  const samples = pcm.length >> 1;
  for (let i = 0; i < samples; i++) {
    faded.writeInt16LE(Math.round((pcm.readInt16LE(2 * i) * (samples - 1 - i)) / samples), 2 * i);
  }
  return faded;
}
