import { describe, expect, it } from 'vitest';
import { Bm25 } from './bm25.ts';
import { termReader } from './terms.ts';

const texts = [
  'Breakfast is served from seven to ten.',
  'Dogs are welcome in the rooms, but not at breakfast.',
  'The WebSocket carries audio.',
  'A recorder keeps the evidence; the evidence is sealed, and evidence that is lost is reported.',
];
const index = new Bm25(texts, termReader('en'));
const found = (question: string, floor?: number) =>
  index.search(question, 9, floor).map((match) => match.index);

describe('BM25', () => {
  it('puts the text first that has more of what was asked, and rarer words of it', () => {
    expect(found('may my dog have breakfast')).toEqual([1, 0]);
  });

  it('gives 1 at most, and less for a part of what was asked', () => {
    const [whole] = index.search('evidence', 1);
    const [part] = index.search('evidence of giraffes', 1);
    expect(whole?.score).toBe(1);
    expect(part?.score).toBeLessThan(0.7);
  });

  it('leaves out what is below the floor', () => {
    expect(found('audio of a giraffe on a trampoline')).toEqual([2]);
    expect(found('audio of a giraffe on a trampoline', 0.5)).toEqual([]);
  });

  it('finds what was misheard, or heard as two words', () => {
    expect(found('web socket')).toEqual([2]);
    expect(found('brekfast')).toContain(0);
    expect(found('recorders evidense')).toEqual([3]);
  });

  it('keeps nothing of one question for the next', () => {
    const first = index.search('breakfast', 9);
    index.search('dogs evidence audio', 9);
    expect(index.search('breakfast', 9)).toEqual(first);
  });

  it.each(['', 'the of and', '???', '\u200b', 'constructor __proto__ toString'])(
    'finds nothing for “%s”',
    (question) => {
      expect(found(question)).toEqual([]);
    },
  );

  it('knows nothing without texts', () => {
    expect(new Bm25([], termReader('en')).search('breakfast', 5)).toEqual([]);
  });

  it('takes a question of any length', () => {
    expect(found(`${'giraffe trampoline '.repeat(20_000)} breakfast`).length).toBeLessThanOrEqual(2);
  });
});
