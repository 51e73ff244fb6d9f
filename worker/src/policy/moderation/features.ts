import { classesOf, classNames } from './lexicon.ts';
import { clusterOf } from './word-clusters.ts';

/** Buckets of the hashed features; a power of two. */
export const buckets = 1 << 17;

/** Changes with anything that changes what a bucket means: weights of another version are refused. */
export const featuresVersion = 2;

/** Small words that say who does what to whom; other words count as their class, or as anything. */
const functionWords = new Set(
  (
    'a an the this that these those and or but if so because of to in on at for with from by about into as than is am ' +
    'are was were be been being do does did have has had can could will would should shall may might must what why how ' +
    'who where when which not no never all every any some just only like so very too please there it its let tell give ' +
    'show help say said know think anyone without again now then up out off down over back # "'
  ).split(' '),
);

const mixes = 0x9e3779b1;

function mixed(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, mixes), 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}

/** FNV-1a of a part of a text. */
function hashOf(text: string, from = 0, to = text.length, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

const kinds = {
  word: 1,
  letters: 2,
  pair: 3,
  skip: 4,
  frame2: 5,
  frame3: 6,
  frame4: 7,
  classOf: 8,
  together: 9,
  opener: 10,
  phrase: 11,
  unless: 12,
  quoted: 13,
  frameSkip: 14,
  cluster: 15,
  group: 16,
  groupPair: 17,
  groupFrame: 18,
  groupWith: 19,
} as const;

/** The features of a word by itself: the word and its letters in threes to fives. */
export function wordFeatures(word: string): number[] {
  const features = [bucket(mixed(hashOf(word), kinds.word))];
  const known = clusterOf(word);
  if (known !== undefined) {
    features.push(bucket(mixed(known.cluster, kinds.cluster)), bucket(mixed(known.group, kinds.group)));
  }
  if (word.length >= 4 && word.length <= 24) {
    const padded = `#${word}#`;
    for (let length = 3; length <= 5; length += 1) {
      for (let at = 0; at + length <= padded.length; at += 1) {
        features.push(bucket(mixed(hashOf(padded, at, at + length), kinds.letters)));
      }
    }
  }
  return features;
}

function bucket(hash: number): number {
  return (hash >>> 7) & (buckets - 1);
}

/** The features of a sentence that arise between its words. Work per word is bounded. */
export class SentenceFeatures {
  readonly #tell: (feature: number) => void;
  #words = 0;
  #word1 = 0;
  #word2 = 0;
  #frame1 = 0;
  #frame2 = 0;
  #frame3 = 0;
  #opener = 0;
  /** Of the last word that is no function word. */
  #group = 0;
  #seen: number[] = [];
  #isQuoted = false;
  #phrases: number[] = [];

  constructor(tell: (feature: number) => void) {
    this.#tell = tell;
  }

  sentence(): void {
    this.#words = 0;
    this.#word1 = 0;
    this.#word2 = 0;
    this.#frame1 = 0;
    this.#frame2 = 0;
    this.#frame3 = 0;
    this.#opener = 0;
    this.#group = 0;
    this.#seen.length = 0;
    this.#phrases.length = 0;
    this.#isQuoted = false;
  }

  quote(): void {
    this.#isQuoted = true;
  }

  word(word: string, classes: readonly number[] = classesOf(word)): void {
    const tell = this.#tell;
    const hash = hashOf(word);
    const frame = functionWords.has(word) ? hash : classes.length > 0 ? (classes[0] ?? 0) + 1 : 77;
    tell(bucket(mixed(mixed(this.#word1, hash), kinds.pair)));
    if (this.#words > 1) tell(bucket(mixed(mixed(this.#word2, hash), kinds.skip)));
    const two = mixed(this.#frame1, frame);
    tell(bucket(mixed(two, kinds.frame2)));
    tell(bucket(mixed(mixed(this.#frame2, frame), kinds.frameSkip)));
    tell(bucket(mixed(mixed(this.#frame2, two), kinds.frame3)));
    if (this.#words > 2) tell(bucket(mixed(mixed(this.#frame3, mixed(this.#frame2, two)), kinds.frame4)));
    if (this.#words === 0) this.#opener = hash;
    else if (this.#words === 1) this.#opener = mixed(this.#opener, hash);
    for (const wordClass of classes) {
      tell(bucket(mixed(wordClass, kinds.classOf)));
      if (this.#seen.includes(wordClass)) continue;
      tell(bucket(mixed(mixed(this.#opener, wordClass), kinds.opener)));
      if (this.#isQuoted) tell(bucket(mixed(wordClass, kinds.quoted)));
      for (const other of this.#seen) {
        const low = Math.min(other, wordClass);
        tell(bucket(mixed(low * classNames.length + other + wordClass - low, kinds.together)));
      }
      this.#seen.push(wordClass);
    }
    const group = functionWords.has(word) ? 0 : (clusterOf(word)?.group ?? 0);
    if (group > 0) {
      if (this.#group > 0) tell(bucket(mixed(mixed(this.#group, group), kinds.groupPair)));
      tell(bucket(mixed(mixed(this.#frame1, group), kinds.groupFrame)));
      this.#group = group;
    }
    this.#word2 = this.#word1;
    this.#word1 = hash;
    this.#frame3 = this.#frame2;
    this.#frame2 = this.#frame1;
    this.#frame1 = frame;
    this.#words += 1;
  }

  /** A pattern, or what excuses it, was heard: once a sentence. */
  phrase(id: string, isExcuse: boolean): void {
    const hash = mixed(hashOf(id), isExcuse ? kinds.unless : kinds.phrase);
    if (this.#phrases.includes(hash)) return;
    this.#phrases.push(hash);
    this.#tell(bucket(hash));
  }
}
