import { randomBytes } from 'node:crypto';

/** What the ids of the Realtime API begin with; 21 characters follow. */
export type IdKind = 'event' | 'sess' | 'item' | 'resp' | 'conv' | 'call';

/** Random once per process, so that ids of two emulators never meet; a counter is cheap per event. */
const run = alphanumeric(12);
let count = 0;

/** A new id such as `item_DxA3…`, unique to this process. */
export function newId(kind: IdKind): string {
  return `${kind}_${run}${(count++).toString(36).toUpperCase().padStart(9, '0')}`;
}

/** `length` random letters and digits, for secrets. */
export function alphanumeric(length: number): string {
  return [...randomBytes(length)].map((byte) => (byte % 36).toString(36)).join('');
}

const NOISE = alphanumeric(64);

/** Padding as the wire carries it beside transcript deltas; its length hides that of the text. */
export function obfuscation(): string {
  const length = 4 + (count % 12);
  const from = (count * 7) % (NOISE.length - length);
  return NOISE.slice(from, from + length);
}
