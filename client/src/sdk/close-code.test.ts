import { expect, test } from 'vitest';
import { afterClose } from './close-code.ts';

test.each([
  [1000, 'ended'],
  [1001, 'reconnect'],
  [1006, 'reconnect'],
  [1009, 'refused'],
  [4000, 'reconnect'],
  [4499, 'reconnect'],
  [4500, 'refused'],
  [4999, 'refused'],
])('close code %d: %s', (code, verdict) => {
  expect(afterClose(code)).toBe(verdict);
});
