import { expect, it } from 'vitest';
import { type Sight, wrongOwner } from './ownership-watch.ts';

const before: Sight = { owner: 'a', epoch: 10, journalEpoch: 10, journalAt: '1' };

it.each<[string, Sight | undefined, Partial<Sight>, string | undefined]>([
  ['seen for the first time', undefined, { epoch: 3 }, undefined],
  ['that did not change', before, {}, undefined],
  ['whose owner has written', before, { journalAt: '2' }, undefined],
  ['taken over, the journal still of the one before', before, { owner: 'b', epoch: 11 }, undefined],
  ['taken over and written', before, { owner: 'b', epoch: 11, journalEpoch: 11, journalAt: '2' }, undefined],
  ['whose journal is gone', before, { journalEpoch: undefined, journalAt: '' }, undefined],
  ['of an older epoch', before, { epoch: 9 }, 'epoch 9 after 10'],
  ['of another owner without a newer epoch', before, { owner: 'b' }, 'epoch 10 of b and of a'],
  [
    'whose former owner has written',
    { ...before, owner: 'b', epoch: 11 },
    { owner: 'b', epoch: 11, journalAt: '2' },
    'a journal of epoch 10 was written in epoch 11',
  ],
])('a session %s', (_, seen, change, wrong) => {
  expect(wrongOwner(seen, { ...before, ...change })).toBe(wrong);
});
