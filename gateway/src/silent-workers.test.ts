import { expect, it } from 'vitest';
import { unansweredLimit } from './silent-workers.ts';

it.each<[string, number[], number]>([
  ['of the only worker', [3], 3],
  ['of one of two', [3, 0], 3],
  ['of one of two, while the other is late', [3, 1], 3],
  ['of both', [3, 3], 6],
  ['of both, one of which answered a ping longer', [3, 2], 6],
  ['of two of four', [3, 3, 0, 1], 3],
  ['of three of four', [3, 3, 2, 0], 6],
  ['of three of four that has lasted', [6, 6, 5, 0], 6],
  ['of nobody', [], 3],
])('the silence %s (%j) means death after %i pings', (_, unanswered, limit) => {
  expect(unansweredLimit(unanswered.map((pings, worker) => [`worker ${worker}`, pings]))).toBe(limit);
});

it('the silence of a worker with several links is that of one', () => {
  const links = (...silent: number[]) => [
    ...silent.map((pings) => ['one', pings] as const),
    ['other', 0] as const,
  ];
  expect(unansweredLimit(links(3, 3))).toBe(3);
  expect(unansweredLimit(links(3, 3, 3))).toBe(3);
  expect(unansweredLimit([...links(3, 3), ['third', 3]])).toBe(6);
});
