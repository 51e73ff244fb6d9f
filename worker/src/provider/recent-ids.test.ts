import { expect, it } from 'vitest';
import { RecentIds } from './recent-ids.ts';

it('knows the last 64 events again, and holds no more than twice as many', () => {
  const ids = new RecentIds();
  for (let i = 0; i < 1000; i++) {
    expect(ids.isNew(`event_${i}`)).toBe(true);
    for (const before of [0, 1, 63]) if (i >= before) expect(ids.isNew(`event_${i - before}`)).toBe(false);
  }
  expect(ids.isNew('event_800')).toBe(true);
});

it('takes every event without an id for new', () => {
  const ids = new RecentIds();
  expect([ids.isNew(undefined), ids.isNew(undefined)]).toEqual([true, true]);
});
