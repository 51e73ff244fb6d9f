import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

it('lets some through in each turn of the event loop, in order, and all in the end', async () => {
  const turnstile = new Turnstile(2);
  const passed: number[] = [];
  const pass = (number: number) => void turnstile.pass().then(() => passed.push(number));
  for (const number of [1, 2, 3, 4, 5]) pass(number);
  expect(passed).toEqual([]);
  await nextTurn();
  expect(passed).toEqual([1, 2]);
  pass(6);
  await nextTurn();
  expect(passed).toEqual([1, 2, 3, 4]);
  await nextTurn();
  expect(passed).toEqual([1, 2, 3, 4, 5, 6]);
  pass(7);
  await nextTurn();
  expect(passed).toEqual([1, 2, 3, 4, 5, 6, 7]);
});
