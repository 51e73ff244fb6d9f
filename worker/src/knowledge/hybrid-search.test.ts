import { expect, it } from 'vitest';
import { Bm25 } from './bm25.ts';
import { hybridSearch } from './hybrid-search.ts';
import { termReader } from './terms.ts';
import { normalise, Vectors } from './vectors.ts';

const texts = ['parking costs ten euros', 'dogs are welcome', 'breakfast at seven'];
const index = new Bm25(texts, termReader('en'));
const vectors = Vectors.of(
  [
    [2, 0, 0, 0],
    [0, 3, 0, 0],
    [0, 3, 4, 0],
  ],
  4,
);
const meaning = (...values: number[]) => normalise(Float32Array.from(values));
const found = (question: string, vector?: Float32Array, limit = 9) =>
  hybridSearch({ index, vectors }, question, vector, limit).map(({ index: at }) => texts[at]);

it('finds what means the same in other words', () => {
  expect(found('pets', meaning(0, 1, 0, 0))).toEqual([texts[1], texts[2]]);
});

it('finds what has the same words, whatever the model makes of them', () => {
  expect(found('parking', meaning(0, 0, 0, 1))[0]).toBe(texts[0]);
});

it('goes by words alone when the question has no embedding, or one of another model', () => {
  expect(found('dogs')).toEqual([texts[1]]);
  expect(found('dogs', meaning(1, 0))).toEqual([texts[1]]);
});

it('gives no more than asked for, the best first', () => {
  expect(found('', meaning(0, 3, 3.9, 0), 2)).toEqual([texts[2], texts[1]]);
  expect(found('dogs', meaning(0, 1, 0, 0), 0)).toEqual([]);
});

it('an index that was built with pauses is the same', async () => {
  const built = await Bm25.build(texts, termReader('en'));
  expect(built.search('dogs parking', 9)).toEqual(index.search('dogs parking', 9));
});
