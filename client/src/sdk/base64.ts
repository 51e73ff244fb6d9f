/** `String.fromCharCode` takes its input as arguments; engines limit how many. */
const maxArguments = 8_192;

interface NativeBase64 {
  prototype: { toBase64?: (this: Uint8Array) => string };
  fromBase64?: (text: string) => Uint8Array;
}
interface NodeBuffer {
  from(data: ArrayBufferLike, byteOffset: number, length: number): { toString(encoding: 'base64'): string };
  from(text: string, encoding: 'base64'): Uint8Array;
}

/**
 * The engine's own codec where it has one, then Node's, then what every browser has: the three differ
 * by more than ten times in speed, and audio passes here fifty times a second and call.
 */
const native = Uint8Array as unknown as NativeBase64;
const node = (globalThis as { Buffer?: NodeBuffer }).Buffer;

export function encodeBase64(bytes: Uint8Array): string {
  if (native.prototype.toBase64) return native.prototype.toBase64.call(bytes);
  if (node) return node.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return encodeBase64Portably(bytes);
}

/** Throws or returns fewer bytes on text that is not base64, as the engine does. */
export function decodeBase64(text: string): Uint8Array {
  if (native.fromBase64) return native.fromBase64(text);
  if (node) return node.from(text, 'base64');
  return decodeBase64Portably(text);
}

export function encodeBase64Portably(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += maxArguments)
    binary += String.fromCharCode(...bytes.subarray(at, at + maxArguments));
  return btoa(binary);
}

export function decodeBase64Portably(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
