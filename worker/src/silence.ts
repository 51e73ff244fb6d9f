/** Clients use a length or two; strangers shall not make us keep more. */
const maxKept = 16;
const kept = new Map<number, string>();

/** Silence of that many bytes as base64, made once per process. */
export function silenceBase64(bytes: number): string {
  let silence = kept.get(bytes);
  if (silence === undefined) {
    silence = Buffer.alloc(bytes).toString('base64');
    if (kept.size >= maxKept) kept.clear();
    kept.set(bytes, silence);
  }
  return silence;
}
