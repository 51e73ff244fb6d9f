import { expect, it } from 'vitest';
import { allowed, type Verdict } from '../policy/decision.ts';
import { MeaningCheck } from './meaning-check.ts';

/** Looks that end when the test says so, and never settle anything. */
function looks() {
  const pending: PromiseWithResolvers<Verdict>[] = [];
  const opinions: Verdict[] = [];
  const check = () => {
    pending.push(Promise.withResolvers<Verdict>());
    return pending.at(-1)!.promise;
  };
  const meaning = new MeaningCheck({ check, isSettled: false }, (opinion) => opinions.push(opinion));
  return { meaning, pending, opinions };
}

it('what is said while the meaning is looked at is looked at once more, and not without end', async () => {
  const { meaning, pending, opinions } = looks();
  meaning.start();
  meaning.start();
  meaning.start();
  expect(pending).toHaveLength(1);
  pending[0]!.resolve(allowed);
  await expect.poll(() => pending.length).toBe(2);
  pending[1]!.resolve(allowed);
  await meaning.done();
  expect(opinions).toHaveLength(2);
  expect(pending).toHaveLength(2);
});

it('nothing is heard of a look at an answer that is not wanted any more', async () => {
  const { meaning, pending, opinions } = looks();
  meaning.start();
  meaning.stop();
  pending[0]!.resolve(allowed);
  await meaning.done();
  expect(opinions).toEqual([]);
});
