import { Buffer } from 'node:buffer';

/** Room for every frame a client may send; used again for each. */
const decoded = Buffer.allocUnsafeSlow(64 * 1024);
const encoded = Buffer.allocUnsafeSlow(96 * 1024);

/** @returns the bytes, good until the next call; undefined: that is not plain base64 */
export function decodeBase64(base64: string): Buffer | undefined {
  // The decoder skips what is not base64, which shows in the length, and takes base64url, which we do not.
  if (base64.includes('-') || base64.includes('_')) return undefined;
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  const length = Math.floor(((base64.length - padding) * 3) / 4);
  const target = length <= decoded.length ? decoded : Buffer.allocUnsafe(length);
  return target.write(base64, 'base64') === length ? target.subarray(0, length) : undefined;
}

/** @returns the bytes as base64 in ASCII, good until the next call */
export function encodeBase64(bytes: Buffer): Buffer {
  const base64 = bytes.toString('base64');
  if (base64.length > encoded.length) return Buffer.from(base64, 'latin1');
  return encoded.subarray(0, encoded.write(base64, 'latin1'));
}
