/** Clients use a length or two; strangers shall not make us keep more. */
const maxKept = 16;
const kept = new Map<number, Buffer>();

/** Silence of that many bytes as base64 in ASCII, made once per process. */
export function silenceBase64(bytes: number): Buffer {
  let silence = kept.get(bytes);
  if (silence === undefined) {
    silence = Buffer.from(Buffer.alloc(bytes).toString('base64'), 'latin1');
    if (kept.size >= maxKept) kept.clear();
    kept.set(bytes, silence);
  }
  return silence;
}
