/**
 * Audio that tells when it was sent: the first twelve bytes of a frame are a mark and the sender's monotonic clock,
 * which all processes of a machine share. Twelve bytes are sixteen characters of base64, so a stamp can be written into
 * and read out of an encoded frame without decoding the rest.
 */
export const stampBytes = 12;
export const stampChars = 16;

const mark = Buffer.from([0x76, 0x6a, 0x6a]);
const mark64 = mark.toString('base64');
const scratch = Buffer.alloc(stampBytes);
mark.copy(scratch);

/** Milliseconds of the clock that the stamps are of. */
export function sharedClockMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Stamps PCM in place, at `at`. */
export function stampPcm(frame: Buffer, at: number): void {
  scratch.writeDoubleLE(sharedClockMs(), mark.length);
  scratch.copy(frame, at);
}

/** Stamps base64 in place, at `at`. */
export function stampBase64(frame: Buffer, at: number): void {
  scratch.writeDoubleLE(sharedClockMs(), mark.length);
  frame.write(scratch.toString('base64'), at, 'latin1');
}

/** When a frame was sent; undefined: it says nothing of that. */
export function stampOf(base64: string): number | undefined {
  if (!base64.startsWith(mark64)) return undefined;
  const bytes = Buffer.from(base64.slice(0, stampChars), 'base64');
  return bytes.length === stampBytes ? bytes.readDoubleLE(mark.length) : undefined;
}
