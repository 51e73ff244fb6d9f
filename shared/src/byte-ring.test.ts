import { describe, expect, it } from 'vitest';
import { ByteRing } from './byte-ring.ts';

const kib = 1024;
const piece = (value: number, bytes: number) => Buffer.alloc(bytes, value);
const values = (ring: ByteRing<number>) =>
  ring.all().map(({ bytes, label }) => [label, bytes[0], bytes.at(-1), bytes.length]);

describe('a byte ring', () => {
  it('keeps what is put in as it was, whatever becomes of the source', () => {
    const ring = new ByteRing<number>(256 * kib);
    const source = piece(7, 100);
    ring.push(source, 1);
    source.fill(0);
    expect(values(ring)).toEqual([[1, 7, 7, 100]]);
  });

  it('uses its memory again while old pieces leave, and never tears one', () => {
    const ring = new ByteRing<number>(1024 * kib);
    for (let i = 0; i < 1000; i++) {
      ring.push(piece(i % 256, 6400), i);
      if (i >= 5) ring.drop();
    }
    expect(ring.capacity).toBeLessThanOrEqual(128 * kib);
    expect(values(ring)).toEqual([995, 996, 997, 998, 999].map((i) => [i, i % 256, i % 256, 6400]));
  });

  it('grows when it must, with everything in order, also from a place in the middle', () => {
    const ring = new ByteRing<number>(1024 * kib);
    for (let i = 0; i < 9; i++) ring.push(piece(i, 7000), i);
    ring.dropWhile((label) => label < 4);
    for (let i = 9; i < 40; i++) ring.push(piece(i, 7000), i);
    // Nine pieces of 7,000 bytes fit into a block.
    expect(ring.capacity).toBe(5 * 64 * kib);
    expect(values(ring)).toEqual(Array.from({ length: 36 }, (_, i) => [i + 4, i + 4, i + 4, 7000]));
  });

  it('holds no more than it may: the oldest pieces go', () => {
    const ring = new ByteRing<number>(128 * kib);
    for (let i = 0; i < 40; i++) ring.push(piece(i, 4 * kib), i);
    expect(ring.capacity).toBeLessThanOrEqual(128 * kib);
    const labels = values(ring).map(([label]) => label);
    expect(labels.length).toBeGreaterThan(7);
    expect(labels).toEqual(Array.from({ length: labels.length }, (_, i) => 40 - labels.length + i));
    ring.push(piece(40, 100 * kib), 40);
    expect(ring.capacity).toBeLessThanOrEqual(128 * kib);
    expect(values(ring)).toEqual([[40, 40, 40, 100 * kib]]);
    ring.push(piece(41, 129 * kib), 41);
    expect(ring.isEmpty).toBe(true);
    expect(ring.capacity).toBe(0);
  });

  it('takes empty pieces, and holds no memory when it is empty', () => {
    const ring = new ByteRing<number>(64 * kib);
    for (const [label, bytes] of [0, 10, 0].entries()) ring.push(piece(1, bytes), label);
    expect(ring.all().map(({ bytes }) => bytes.length)).toEqual([0, 10, 0]);
    ring.dropWhile((label) => label < 99);
    ring.drop();
    expect(ring.isEmpty).toBe(true);
    expect(ring.oldest).toBe(undefined);
    expect(ring.capacity).toBe(0);
  });

  it('leaves what others keep alone, though they get the memory it gave back', () => {
    const rings = Array.from({ length: 5 }, () => new ByteRing<number>(256 * kib));
    for (let i = 0; i < 3000; i++) {
      const ring = rings[(i * 7) % 5]!;
      ring.push(piece(i % 251, 100 + ((i * 613) % 20_000)), i);
      if (i % 11 === 0) rings[i % 5]!.clear();
      if (i % 3 === 0) ring.drop();
    }
    for (const ring of rings)
      for (const { bytes, label } of ring.all()) {
        expect(bytes).toHaveLength(100 + ((label * 613) % 20_000));
        expect(bytes.every((byte) => byte === label % 251)).toBe(true);
      }
    expect(rings.some((ring) => ring.all().length > 3)).toBe(true);
  });
});
