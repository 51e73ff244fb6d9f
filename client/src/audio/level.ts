/** Level shown as empty, dB below full scale; a quiet room is about there. */
const emptyDb = -60;
/** Level shown as full: speech close to the microphone, dB below full scale. */
const fullDb = -12;

/** How full a meter stands at an RMS of 0 to 1: 0 to 1, in decibels, as loudness is heard. */
export function meterLevel(rms: number): number {
  const db = 20 * Math.log10(Math.max(rms, 1e-6));
  return Math.max(0, Math.min(1, (db - emptyDb) / (fullDb - emptyDb)));
}
