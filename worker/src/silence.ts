/** Silence is one letter over and over: four for three bytes. */
const letters = Buffer.alloc(128 * 1024, 'A');
/** Of lengths that leave a rest; strangers shall not make us keep more. */
const maxKept = 16;
const kept = new Map<number, Buffer>();

/** Silence of that many bytes as base64 in ASCII; not to be changed. */
export function silenceBase64(bytes: number): Buffer {
  const length = (bytes / 3) * 4;
  if (Number.isInteger(length) && length <= letters.length) return letters.subarray(0, length);
  let silence = kept.get(bytes);
  if (silence === undefined) {
    silence = Buffer.from(Buffer.alloc(bytes).toString('base64'), 'latin1');
    if (kept.size >= maxKept) kept.clear();
    kept.set(bytes, silence);
  }
  return silence;
}
