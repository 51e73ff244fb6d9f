import { basename } from 'node:path';
import { type Category, categories } from '../src/policy/moderation/category.ts';
import { anyHead, heads, type TurnScores } from '../src/policy/moderation/classifier.ts';
import { SentenceFeatures, wordFeatures } from '../src/policy/moderation/features.ts';
import { Moderation } from '../src/policy/moderation/moderation.ts';
import { readLabelled, readTexts } from './rows.ts';
import { writeExamples } from './written-examples.ts';

/** A text as the classifier sees it. */
export interface TrainingRow {
  readonly set: string;
  readonly text: string;
  readonly role: 'user' | 'assistant';
  readonly labels: readonly Category[];
  readonly targets: Uint8Array;
  readonly weight: number;
  /** Rows of one fold are never learned from when they are judged. */
  readonly fold: number;
  readonly features: Uint32Array;
  /** Features of each sentence by itself, where there are several. */
  readonly sentences: readonly Uint32Array[];
}

export const folds = 5;
const maximumFeatures = 3_000;

/** How much a row counts: safe texts that look unsafe are few, and worth much. */
const setWeights: Readonly<Record<string, { harmful: number; clean: number }>> = {
  'xstest-safe': { harmful: 1, clean: 8 },
  clinc150: { harmful: 1, clean: 1 },
  banking77: { harmful: 1, clean: 1 },
  hatecheck: { harmful: 0.7, clean: 1 },
  'openai-moderation': { harmful: 2, clean: 1 },
  ailuminate: { harmful: 3, clean: 1 },
  'inthewild-jailbreak': { harmful: 2, clean: 1 },
  'prompt-injection': { harmful: 1, clean: 1 },
  written: { harmful: 1, clean: 1.5 },
};

const evals = new URL('../../evals/', import.meta.url);

/** Sets made for something else, in which nothing is disallowed: what unseen callers and agents talk like. */
const cleanSets = [
  { file: 'retrieval/dstc9-faq.documents.jsonl', set: 'dstc9-faq', role: 'assistant' },
  { file: 'pii/presidio-synth-v2.jsonl', set: 'presidio-synth', role: 'user' },
] as const;

export function trainingRows(files: readonly string[]): TrainingRow[] {
  const rows = files.flatMap((file) => {
    const set = basename(file, '.jsonl');
    return readLabelled(file).map(({ text, role, labels }) => ({ set, text, role, labels }));
  });
  for (const { file, set, role } of cleanSets) {
    for (const { text } of readTexts(new URL(file, evals).pathname))
      rows.push({ set, text, role, labels: [] });
  }
  for (const { text, labels } of writeExamples(40, 7))
    rows.push({ set: 'written', text, role: 'user', labels });
  return rows.map(({ set, text, role, labels }) => {
    const { features, sentences } = featuresOf(text);
    const targets = new Uint8Array(heads);
    for (const label of labels) targets[categories.indexOf(label)] = 1;
    if (labels.length > 0) targets[anyHead] = 1;
    const weights = setWeights[set] ?? { harmful: 1, clean: 1 };
    const weight = labels.length > 0 ? weights.harmful : weights.clean;
    return { set, text, role, labels, targets, weight, fold: foldOf(text), features, sentences };
  });
}

/** By the first words without names of groups and the like: variants of one template share a fold. */
function foldOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .slice(0, 24)) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return (hash >>> 8) % folds;
}

/** The features of a text, as the judge of a turn tells them. */
function featuresOf(text: string): { features: Uint32Array; sentences: Uint32Array[] } {
  const all: number[] = [];
  const sentences: Uint32Array[] = [];
  let sentence: number[] = [];
  const between = new SentenceFeatures((feature) => sentence.push(feature));
  const silence = new Float64Array(heads).fill(-100);
  const listener: TurnScores = {
    word(word, classes) {
      sentence.push(...wordFeatures(word));
      between.word(word, classes);
    },
    phrase: (id, isExcuse) => between.phrase(id, isExcuse),
    quote: () => between.quote(),
    dropSentence() {
      sentence = [];
      between.sentence();
    },
    sentence() {
      if (all.length < maximumFeatures) all.push(...sentence);
      if (sentences.length < 200) sentences.push(Uint32Array.from(sentence));
      sentence = [];
      between.sentence();
    },
    ofSentence: () => silence,
    ofTurn: () => silence,
  };
  const turn = Moderation.listen('user', listener);
  turn.push(text);
  turn.finish();
  return {
    features: Uint32Array.from(all.slice(0, maximumFeatures)),
    sentences: sentences.length > 1 ? sentences : [],
  };
}
