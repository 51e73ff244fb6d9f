import { expect, it } from 'vitest';
import { Generations } from './generations.ts';

it('a token is good until the next one was used', () => {
  const generations = new Generations();
  expect(generations.connected()).toBe(1);
  generations.confirmed();
  expect(generations.connected(1)).toBe(2);
  expect(generations.accepts(1)).toBe(true); // the greeting with 2 may have been lost
  expect(generations.connected(1)).toBe(3);
  expect([1, 2, 3].map((generation) => generations.accepts(generation))).toEqual([true, true, true]);
  generations.confirmed();
  expect([1, 2, 3].map((generation) => generations.accepts(generation))).toEqual([false, false, true]);
});

it('a token that a dead worker could not write down is good, and the next one is newer', () => {
  const generations = new Generations(2, 2);
  expect(generations.accepts(4)).toBe(true);
  expect(generations.connected(4)).toBe(5);
});
