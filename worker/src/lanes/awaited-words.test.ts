import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AwaitedWords, wordsLimitMs } from './awaited-words.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function awaited(isStrict: boolean) {
  const onNever = vi.fn<() => void>();
  return { words: new AwaitedWords(isStrict, onNever), onNever };
}

it('in strict mode an answer waits for the words of its utterance, and for none said before', () => {
  const { words } = awaited(true);
  words.known();
  expect(words.mayAnswer()).toBe(true);
  words.reset();
  expect(words.mayAnswer()).toBe(false);
  expect(words.areAwaited).toBe(true);
  words.known();
  expect(words.end()).toBe(true);
  expect(words.end()).toBe(false);
  expect(words.mayAnswer()).toBe(true);
});

it('else it waits for nothing', () => {
  expect(awaited(false).words.mayAnswer()).toBe(true);
});

it('words that never come are told once, and not when nothing waits for them', () => {
  const { words, onNever } = awaited(true);
  words.mayAnswer();
  vi.advanceTimersByTime(wordsLimitMs - 1);
  expect(onNever).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(onNever).toHaveBeenCalledOnce();
  words.mayAnswer();
  words.reset();
  vi.advanceTimersByTime(wordsLimitMs);
  expect(onNever).toHaveBeenCalledOnce();
});
