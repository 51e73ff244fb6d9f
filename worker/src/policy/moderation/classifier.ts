import { categories } from './category.ts';
import { buckets, featuresVersion, SentenceFeatures, wordFeatures } from './features.ts';
import { classNames } from './lexicon.ts';

/** One head per category, and one for any harm at all. */
export const heads = categories.length + 1;
export const anyHead = categories.length;

const magic = 'VJJM';
const headerBytes = 16;
const maximumWords = 20_000;
/** As many as the training sees of a text. */
const maximumTurnFeatures = 3_000;

/** As many features that say nothing as if they were there: what is short says little. */
export const doubt = 50;

const wordDoubt = 10;
/** Log-odds that one word at least must have by itself: many words that weigh nothing make no harm together. */
const leastSuspicion = 2.4;

const hateHead = categories.indexOf('HATE_SPEECH');
const groupClasses = [classNames.indexOf('group'), classNames.indexOf('slur')];

/** What a classifier learned: eight-bit weights, one row of heads per bucket. */
export interface Weights {
  /** Multiplies a weight. */
  readonly scale: number;
  readonly biases: Float32Array;
  readonly rows: Int8Array;
}

/** The file of the weights: magic, version, heads, buckets, scale, biases, rows; little endian. */
export function encodeWeights({ scale, biases, rows }: Weights): Buffer {
  const header = Buffer.alloc(headerBytes + heads * 4);
  header.write(magic, 0, 'latin1');
  header.writeUInt16LE(featuresVersion, 4);
  header.writeUInt16LE(heads, 6);
  header.writeUInt32LE(buckets, 8);
  header.writeFloatLE(scale, 12);
  for (const [head, bias] of biases.entries()) header.writeFloatLE(bias, headerBytes + head * 4);
  return Buffer.concat([header, new Uint8Array(rows.buffer, rows.byteOffset, rows.length)]);
}

/** @throws Error if the file is no weights, or weights of another version of the features */
export function decodeWeights(file: Uint8Array): Weights {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const rowsAt = headerBytes + heads * 4;
  if (bytes.length < rowsAt || bytes.toString('latin1', 0, 4) !== magic) {
    throw new Error('these are no moderation weights: train them with `npm run evals -- train`');
  }
  const version = bytes.readUInt16LE(4);
  if (version !== featuresVersion || bytes.readUInt16LE(6) !== heads || bytes.readUInt32LE(8) !== buckets) {
    throw new Error(
      `the moderation weights are of version ${version} with ${bytes.readUInt16LE(6)} heads and ` +
        `${bytes.readUInt32LE(8)} buckets; this program needs version ${featuresVersion} with ${heads} and ` +
        `${buckets}: train them with \`npm run evals -- train\``,
    );
  }
  if (bytes.length !== rowsAt + buckets * heads) {
    throw new Error(
      `the moderation weights are cut off: ${bytes.length} bytes, not ${rowsAt + buckets * heads}`,
    );
  }
  const biases = Float32Array.from({ length: heads }, (_, head) => bytes.readFloatLE(headerBytes + head * 4));
  return {
    scale: bytes.readFloatLE(12),
    biases,
    rows: new Int8Array(bytes.buffer, bytes.byteOffset + rowsAt, buckets * heads),
  };
}

/** Says how likely a text is harmful, and how. Shared by all calls of a process. */
export class Classifier {
  readonly weights: Weights;
  /** What words by themselves weigh: they come again and again. */
  readonly #words = new Map<string, Float64Array>();

  constructor(weights: Weights) {
    this.weights = weights;
  }

  start(): Scores {
    return new Scores(this);
  }

  /** The sums of a word's own features, by head; then their number; then how suspicious it is by itself, in log-odds. */
  wordSums(word: string): Float64Array {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    const sums = new Float64Array(heads + 2);
    for (const feature of wordFeatures(word)) this.add(feature, sums);
    const { scale } = this.weights;
    sums[heads + 1] = ((sums[anyHead] ?? 0) * scale) / Math.sqrt(wordDoubt + (sums[heads] ?? 0));
    if (this.#words.size < maximumWords) this.#words.set(word, sums);
    return sums;
  }

  add(feature: number, sums: Float64Array): void {
    const { rows } = this.weights;
    const at = feature * heads;
    for (let head = 0; head < heads; head += 1) sums[head] = (sums[head] ?? 0) + (rows[at + head] ?? 0);
    sums[heads] = (sums[heads] ?? 0) + 1;
  }
}

/** What is told of a turn, and asked about it. */
export interface TurnScores {
  word(word: string, classes: readonly number[]): void;
  /** A pattern, or what excuses it, was heard. */
  phrase(id: string, isExcuse: boolean): void;
  quote(): void;
  /** Forgets what the sentence says so far. */
  dropSentence(): void;
  /** The sentence is over: it counts for the turn, and the next begins. */
  sentence(): void;
  /**
   * Log-odds by head of the sentence being said; valid until asked again.
   * @param margin what the caller takes off, as the sentence is not over
   */
  ofSentence(margin: number): Float64Array;
  /** Log-odds by head of all sentences that are over. */
  ofTurn(): Float64Array;
}

/** The scores of one turn: of the sentence being said, and of all of it. */
export class Scores implements TurnScores {
  readonly #classifier: Classifier;
  readonly #features: SentenceFeatures;
  readonly #sentence = new Float64Array(heads + 1);
  readonly #turn = new Float64Array(heads + 1);
  readonly #logits = new Float64Array(heads);
  /** Of the most suspicious word: in the sentence, and in the turn. */
  #suspicion = 0;
  #turnSuspicion = 0;
  /** Hate needs somebody who is hated; its other words may be plain. */
  #hasGroup = false;
  #turnHasGroup = false;

  constructor(classifier: Classifier) {
    this.#classifier = classifier;
    this.#features = new SentenceFeatures((feature) => classifier.add(feature, this.#sentence));
  }

  word(word: string, classes: readonly number[]): void {
    const own = this.#classifier.wordSums(word);
    for (let at = 0; at <= heads; at += 1) this.#sentence[at] = (this.#sentence[at] ?? 0) + (own[at] ?? 0);
    this.#suspicion = Math.max(this.#suspicion, own[heads + 1] ?? 0);
    if (classes.some((wordClass) => groupClasses.includes(wordClass))) this.#hasGroup = true;
    this.#features.word(word, classes);
  }

  phrase(id: string, isExcuse: boolean): void {
    this.#features.phrase(id, isExcuse);
    if (!isExcuse) this.#suspicion = Number.POSITIVE_INFINITY;
  }

  quote(): void {
    this.#features.quote();
  }

  dropSentence(): void {
    this.#sentence.fill(0);
    this.#suspicion = 0;
    this.#hasGroup = false;
    this.#features.sentence();
  }

  sentence(): void {
    for (let at = 0; at <= heads; at += 1) this.#turn[at] = (this.#turn[at] ?? 0) + (this.#sentence[at] ?? 0);
    // A long turn forgets its beginning by halves: what is new keeps its weight.
    if ((this.#turn[heads] ?? 0) > maximumTurnFeatures) {
      for (let at = 0; at <= heads; at += 1) this.#turn[at] = (this.#turn[at] ?? 0) / 2;
    }
    this.#turnSuspicion = Math.max(this.#turnSuspicion, this.#suspicion);
    this.#turnHasGroup ||= this.#hasGroup;
    this.dropSentence();
  }

  ofSentence(): Float64Array {
    return this.#of(this.#sentence, this.#suspicion, this.#hasGroup);
  }

  ofTurn(): Float64Array {
    return this.#of(this.#turn, this.#turnSuspicion, this.#turnHasGroup);
  }

  #of(sums: Float64Array, suspicion: number, hasGroup: boolean): Float64Array {
    const { scale, biases } = this.#classifier.weights;
    const factor = scale / Math.sqrt(doubt + (sums[heads] ?? 0));
    for (let head = 0; head < heads; head += 1) {
      this.#logits[head] = (biases[head] ?? 0) + (sums[head] ?? 0) * factor;
      if (suspicion < leastSuspicion && !(hasGroup && head === hateHead)) this.#logits[head] = -100;
    }
    return this.#logits;
  }
}
