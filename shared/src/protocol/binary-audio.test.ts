import { describe, expect, it } from 'vitest';
import { binaryHeaderBytes, readBinaryHeader, writeBinaryHeader } from './binary-audio.ts';

describe('the header of a binary audio frame', () => {
  it('is eight bytes, little-endian: version, lane, answer, seq', () => {
    const frame = new Uint8Array(binaryHeaderBytes);
    writeBinaryHeader(frame, { lane: 'fallback', answer: 0x0102, seq: 0x0a0b0c0d });
    expect([...frame]).toEqual([1, 2, 0x02, 0x01, 0x0d, 0x0c, 0x0b, 0x0a]);
  });

  it('reads what it wrote, also inside a larger buffer', () => {
    const buffer = new Uint8Array(100).subarray(13, 60);
    const header = { lane: 'B', answer: 65_535, seq: 4_294_967_295 } as const;
    writeBinaryHeader(buffer, header);
    expect(readBinaryHeader(buffer)).toEqual(header);
  });

  it.each([
    ['too short', [1, 0, 0]],
    ['of another version', [2, 0, 0, 0, 0, 0, 0, 0]],
    ['of an unknown lane', [1, 3, 0, 0, 0, 0, 0, 0]],
  ])('%s is no header', (_name, bytes) => {
    expect(readBinaryHeader(Uint8Array.from(bytes))).toBeUndefined();
  });
});
