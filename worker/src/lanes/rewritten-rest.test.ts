import { describe, expect, it } from 'vitest';
import { clauseAfter, rewrittenRest } from './rewritten-rest.ts';

describe('a rewrite', () => {
  const text = 'We are open from nine. Your card is 4111. Goodbye.';
  it.each([
    [0, 0],
    [440, 23],
    [820, 42],
    [100, 0],
  ])('after %i of 1,000 ms begins at letter %i', (keptMs, at) => {
    expect(clauseAfter(text, keptMs, 1000)).toBe(at);
  });

  const safe = 'We are open from nine. Your card is [card number]. Goodbye.';

  it.each([
    [0, safe],
    [440, 'Your card is [card number]. Goodbye.'],
    // Of what is no longer the same nothing can be kept.
    [900, 'Your card is [card number]. Goodbye.'],
  ])('of which %i of 1,000 ms are kept says «%s»', (keptMs, rest) => {
    expect(rewrittenRest(text, safe, keptMs, 1000)).toBe(rest);
  });
});
