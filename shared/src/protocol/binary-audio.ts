import type { Lane } from './messages.ts';

/** Header of a server → client binary audio frame, in bytes; the PCM follows. */
export const binaryHeaderBytes = 8;
const version = 1;
const lanes = ['A', 'B', 'fallback'] as const satisfies readonly Lane[];

export interface BinaryAudioHeader {
  lane: Lane;
  /** Number of the answer this audio belongs to, 0–65,535, wrapping. */
  answer: number;
  seq: number;
}

/** Writes the 8-byte header: version, lane, answer (u16 LE), seq (u32 LE). */
export function writeBinaryHeader(target: Uint8Array, header: BinaryAudioHeader): void {
  const view = new DataView(target.buffer, target.byteOffset, binaryHeaderBytes);
  view.setUint8(0, version);
  view.setUint8(1, lanes.indexOf(header.lane));
  view.setUint16(2, header.answer & 0xffff, true);
  view.setUint32(4, header.seq >>> 0, true);
}

/** Reads the header of a frame, or undefined when it is too short, of another version or lane. */
export function readBinaryHeader(frame: Uint8Array): BinaryAudioHeader | undefined {
  if (frame.byteLength < binaryHeaderBytes) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, binaryHeaderBytes);
  const lane = lanes[view.getUint8(1)];
  if (view.getUint8(0) !== version || lane === undefined) return undefined;
  return { lane, answer: view.getUint16(2, true), seq: view.getUint32(4, true) };
}
