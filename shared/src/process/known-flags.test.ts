import { expect, it } from 'vitest';
import { knownFlags } from './known-flags.ts';

it('flags of V8 that this Node does not know are left out', () => {
  const flags = ['--heap-growing-percent=300', '--no-such-flag', '--heap-growing=1', '--expose-gc'];
  expect(knownFlags(flags)).toEqual(['--heap-growing-percent=300', '--expose-gc']);
});
