import type { ReadTerms } from './terms.ts';

/** How fast repeating a word stops to matter, and how much long texts are held back (Robertson and Zaragoza, 2009). */
const k1 = 1.2;
const b = 0.6;
/** A term found only by likeness is worth this much of itself. */
const likenessWeight = 0.6;
/** Shorter words are too like each other. */
const minLikeLength = 5;
/** A question is taken to ask for at most this many rare words: people say a lot around what they ask. */
const maxRareAsked = 3;
/** Further words of a question are not looked up. */
const maxTerms = 64;
/** So much is read or weighed before others may have the process: a millisecond or so. */
const textsAtOnce = 50;
const termsAtOnce = 2000;

export interface Match {
  /** Position in the texts given to the constructor. */
  readonly index: number;
  /** 0–1: about how much of what was asked for is in the text, rare words counting for more. */
  readonly score: number;
}

interface Posting {
  /** Positions of the texts that hold the term. */
  readonly texts: number[];
  /** What the term adds to each of them. */
  readonly weights: number[];
  /** How rare it is. */
  idf: number;
}

/**
 * BM25 over texts that do not change, in memory. Everything that does not depend on the question is worked out when
 * it is built. One search at a time: the scores are kept in one array.
 */
export class Bm25 {
  readonly #read: ReadTerms;
  readonly #postings = new Map<string, Posting>();
  /** Terms by first letter, to look for one that was misheard. */
  readonly #byLetter = new Map<string, string[]>();
  #scores: Float64Array;
  /** What an unknown word weighs: as much as a rare one, so that a question about something else scores low. */
  #unknownIdf: number;

  constructor(texts: readonly string[], read: ReadTerms) {
    this.#read = read;
    this.#scores = new Float64Array(texts.length);
    this.#unknownIdf = Math.log(1 + (texts.length + 0.5) / 0.5) * 0.7;
    for (const _ of this.#build(texts));
  }

  /** The same, with pauses for whatever else the process does. */
  static async build(texts: readonly string[], read: ReadTerms): Promise<Bm25> {
    const index = new Bm25([], read);
    index.#scores = new Float64Array(texts.length);
    index.#unknownIdf = Math.log(1 + (texts.length + 0.5) / 0.5) * 0.7;
    for (const _ of index.#build(texts)) await new Promise(setImmediate);
    return index;
  }

  /** Comes up for air now and then. */
  *#build(texts: readonly string[]): Generator<void> {
    const lengths: number[] = [];
    for (const [index, text] of texts.entries()) {
      lengths.push(this.#add(index, this.#read(text)));
      if (index % textsAtOnce === textsAtOnce - 1) yield;
    }
    const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, texts.length);
    let done = 0;
    for (const posting of this.#postings.values()) {
      const { texts: holders, weights } = posting;
      posting.idf = Math.log(1 + (texts.length - holders.length + 0.5) / (holders.length + 0.5));
      for (let i = 0; i < holders.length; i++) {
        const count = weights[i]!;
        const norm = k1 * (1 - b + (b * lengths[holders[i]!]!) / Math.max(1, average));
        weights[i] = (posting.idf * count * (k1 + 1)) / (count + norm);
      }
      if (++done % termsAtOnce === 0) yield;
    }
  }

  /** @returns the length of the text in terms */
  #add(index: number, terms: readonly string[]): number {
    for (const term of terms) {
      let posting = this.#postings.get(term);
      if (posting === undefined) {
        posting = { texts: [], weights: [], idf: 0 };
        this.#postings.set(term, posting);
        const letter = term[0]!;
        const like = this.#byLetter.get(letter);
        if (like === undefined) this.#byLetter.set(letter, [term]);
        else like.push(term);
      }
      const last = posting.texts.length - 1;
      if (posting.texts[last] === index) posting.weights[last] = posting.weights[last]! + 1;
      else {
        posting.texts.push(index);
        posting.weights.push(1);
      }
    }
    return terms.length;
  }

  /**
   * The texts that answer a question best, best first; equal ones in the order they were given.
   * @param limit at most so many
   * @param floor leaves out what scores less, 0–1
   */
  search(question: string, limit: number, floor = 0): Match[] {
    const matches: Match[] = [];
    this.score(question, (index, score) => {
      if (score >= floor) matches.push({ index, score });
    });
    return bestOf(matches, limit).map(({ index, score }) => ({ index, score: Math.min(1, score) }));
  }

  /** Tells the score, 0 to a bit over 1, of each text that has anything of what was asked for, in no order. */
  score(question: string, tell: (index: number, score: number) => void): void {
    const scores = this.#scores;
    const touched: number[] = [];
    const add = (posting: Posting, weight: number) => {
      for (let i = 0; i < posting.texts.length; i++) {
        const index = posting.texts[i]!;
        if (scores[index] === 0) touched.push(index);
        scores[index]! += posting.weights[i]! * weight;
      }
    };
    const asked = this.#askedFor(question, add);
    for (const index of touched) {
      const score = scores[index]! / asked;
      scores[index] = 0;
      tell(index, score);
    }
  }

  /** Looks every term up; returns what a text would score that has all that was asked for. */
  #askedFor(question: string, add: (posting: Posting, weight: number) => void): number {
    const terms = [...new Set(this.#read(question))].slice(0, maxTerms);
    let asked = 0;
    for (let i = 0; i < terms.length; i++) {
      const term = terms[i]!;
      const posting = this.#postings.get(term);
      if (posting !== undefined) {
        asked += posting.idf;
        add(posting, 1);
        continue;
      }
      // "web socket" is asked for what is written "WebSocket"
      const joined =
        this.#postings.get(term + (terms[i + 1] ?? '')) ?? this.#postings.get(`${terms[i - 1] ?? ''}${term}`);
      const like = joined === undefined ? this.#like(term) : [joined];
      asked +=
        like.length > 0
          ? Math.min(this.#unknownIdf, Math.max(...like.map(({ idf }) => idf)))
          : this.#unknownIdf;
      for (const found of like) add(found, joined === undefined ? likenessWeight : 1);
    }
    return Math.max(Number.EPSILON, Math.min(asked, maxRareAsked * this.#unknownIdf));
  }

  /** Terms that may be meant by a word nobody wrote: one letter differs, or one begins with the other. */
  #like(term: string): Posting[] {
    if (term.length < minLikeLength) return [];
    const found: Posting[] = [];
    for (const other of this.#byLetter.get(term[0]!) ?? []) {
      if (other.length < minLikeLength || Math.abs(other.length - term.length) > 4) continue;
      if (other.startsWith(term) || term.startsWith(other) || differsByOne(term, other)) {
        found.push(this.#postings.get(other)!);
      }
    }
    return found;
  }
}

/** The best first; equal ones in the order of the texts. */
function bestOf(matches: Match[], limit: number): Match[] {
  return matches.sort((one, other) => other.score - one.score || one.index - other.index).slice(0, limit);
}

/** One letter more, less, or another. */
function differsByOne(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  const more = long.length - short.length;
  if (more > 1) return false;
  let i = 0;
  while (i < short.length && short[i] === long[i]) i++;
  return short.slice(more === 0 ? i + 1 : i) === long.slice(i + 1);
}
