import { expect, it } from 'vitest';
import type { AnswerInProgress } from '../journal/journal-entry.ts';
import { OwedAnswer } from './owed-answer.ts';

const cutOff = { said: 'It is open', rest: 'from nine.', isRestWhole: true };

function begun(text: string): AnswerInProgress {
  return { before: '', text, isWhole: false, soundMs: 0, releasedMs: 0, prefaceMs: 0, isPaused: false };
}

it('an answer that was cut off is owed to yet another worker until the one that goes on with it says something', () => {
  const owed = new OwedAnswer();
  const rest = { before: 'It is open', text: 'from nine.' };
  owed.owe(cutOff);
  expect(owed.inProgress(undefined)).toMatchObject(rest);
  expect(owed.begin()).toBe(cutOff);
  expect(owed.isOwed).toBe(true);
  expect(owed.take()).toBe(cutOff);
  expect(owed.isOwed).toBe(false);
  expect(owed.inProgress(begun(''))).toMatchObject(rest);
  expect(owed.inProgress(begun('from'))).toEqual(begun('from'));
});

it('an answer that goes on with nothing owes nothing of one before it', () => {
  const owed = new OwedAnswer();
  owed.owe(cutOff);
  owed.begin();
  owed.take();
  owed.begin();
  expect(owed.inProgress(begun(''))).toEqual(begun(''));
});
