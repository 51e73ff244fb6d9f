import { expect, it } from 'vitest';
import { CallerWords } from './caller-words.ts';

function words() {
  const told: string[] = [];
  return { told, caller: new CallerWords((item, text) => told.push(`${item}: ${text}`)) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('tells the first words at once, and those that follow together', async () => {
  const { caller, told } = words();
  caller.add('a', 'Where');
  expect(told).toEqual(['a: Where']);
  caller.add('a', ' does');
  caller.add('a', ' it');
  expect(told).toEqual(['a: Where']);
  await turn();
  expect(told).toEqual(['a: Where', 'a: Where does it']);
  caller.add('a', ' sleep');
  await turn();
  expect(told.at(-1)).toBe('a: Where does it sleep');
});

it('tells them before anything else that happens, and before the words of another item', async () => {
  const { caller, told } = words();
  caller.add('a', 'Where');
  caller.add('a', ' is');
  caller.flush();
  caller.add('a', ' it');
  caller.add('b', 'And');
  expect(told).toEqual(['a: Where', 'a: Where is', 'a: Where is it', 'b: And']);
  await turn();
  expect(told).toHaveLength(4);
});

it('leaves what is told as a whole, and says nothing after the end', async () => {
  const { caller, told } = words();
  caller.add('a', 'Where');
  caller.add('a', ' is');
  caller.whole('a');
  caller.add('b', 'Who');
  caller.add('b', ' is');
  caller.end();
  await turn();
  expect(told).toEqual(['a: Where', 'b: Who']);
});
