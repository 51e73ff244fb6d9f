import { describe, expect, it } from 'vitest';
import { ByteRing } from './byte-ring.ts';

const kib = 1024;
const piece = (value: number, bytes: number) => Buffer.alloc(bytes, value);
const values = (ring: ByteRing) => ring.all().map((bytes) => [bytes[0], bytes.at(-1), bytes.length]);

describe('a byte ring', () => {
  it('keeps what is put in as it was, whatever becomes of the source', () => {
    const ring = new ByteRing(256 * kib);
    const source = piece(7, 100);
    ring.push(source);
    source.fill(0);
    expect(values(ring)).toEqual([[7, 7, 100]]);
  });

  it('goes round without growing while old pieces leave, and never tears one', () => {
    const ring = new ByteRing(1024 * kib);
    for (let i = 0; i < 1000; i++) {
      expect(ring.push(piece(i % 256, 6400))).toBe(true);
      if (i >= 5) ring.drop();
    }
    expect(ring.capacity).toBe(64 * kib);
    expect(values(ring)).toEqual([995, 996, 997, 998, 999].map((i) => [i % 256, i % 256, 6400]));
  });

  it('grows when it must, with everything in order, also from a place in the middle', () => {
    const ring = new ByteRing(1024 * kib);
    for (let i = 0; i < 9; i++) ring.push(piece(i, 7000));
    for (let i = 0; i < 4; i++) ring.drop();
    for (let i = 9; i < 40; i++) ring.push(piece(i, 7000));
    expect(ring.capacity).toBe(256 * kib);
    expect(values(ring)).toEqual(Array.from({ length: 36 }, (_, i) => [i + 4, i + 4, 7000]));
  });

  it('takes no more than it may, until older pieces are dropped', () => {
    const ring = new ByteRing(64 * kib);
    for (let i = 0; i < 16; i++) expect(ring.push(piece(i, 4 * kib))).toBe(true);
    expect(ring.push(piece(16, 1))).toBe(false);
    ring.drop();
    expect(ring.push(piece(16, 4 * kib))).toBe(true);
    expect(ring.all()).toHaveLength(16);
  });

  it('takes empty pieces, and holds no memory when it is empty', () => {
    const ring = new ByteRing(64 * kib);
    ring.push(piece(0, 0));
    ring.push(piece(1, 10));
    ring.push(piece(0, 0));
    expect(ring.all().map(({ length }) => length)).toEqual([0, 10, 0]);
    for (let i = 0; i < 4; i++) ring.drop();
    expect(ring.isEmpty).toBe(true);
    expect(ring.capacity).toBe(0);
  });
});
