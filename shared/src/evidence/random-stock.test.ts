import { expect, it } from 'vitest';
import { RandomStock } from './random-stock.ts';

it('gives bytes of that many, none of them twice, and keeps none of those it gave', () => {
  const stock = new RandomStock(12);
  const taken = Array.from({ length: 2000 }, () => stock.take());
  expect(new Set(taken.map((bytes) => bytes.toString('hex'))).size).toBe(2000);
  expect(taken.every((bytes) => bytes.length === 12 && bytes.some((byte) => byte !== 0))).toBe(true);
  const [first] = taken;
  const before = first!.toString('hex');
  for (let i = 0; i < 1000; i++) stock.take();
  expect(first!.toString('hex')).toBe(before);
});
