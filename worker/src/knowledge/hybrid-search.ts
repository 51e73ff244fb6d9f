import type { Bm25, Match } from './bm25.ts';
import type { Vectors } from './vectors.ts';

/**
 * How much the meaning counts, and words for the rest. The two scores are added as they are, both being about 1 for
 * "this answers it" and 0 for "has nothing to do with it"; ranks alone forget by how much one text is better. Chosen
 * as the best over sets of different kinds, see evals/README.md.
 */
const meaningWeight = 0.5;

/** What is searched: the words of texts, and their embeddings when there are any. */
export interface Searched {
  readonly index: Bm25;
  readonly vectors: Vectors | undefined;
}

/**
 * The texts that answer a question best, best first.
 * @param meaning embedding of the question, of length 1; without it words alone decide
 */
export function hybridSearch(
  { index, vectors }: Searched,
  question: string,
  meaning: Float32Array | undefined,
  limit: number,
): Match[] {
  if (vectors === undefined || meaning === undefined || vectors.dimensions !== meaning.length) {
    return index.search(question, limit);
  }
  const scores = vectors.likeness(meaning);
  for (let i = 0; i < scores.length; i++) scores[i] = Math.max(0, scores[i]!) * meaningWeight;
  index.score(question, (at, score) => {
    scores[at]! += score * (1 - meaningWeight);
  });
  return best(scores, limit);
}

/** The `limit` highest, without sorting them all. */
function best(scores: Float32Array, limit: number): Match[] {
  const kept: Match[] = [];
  if (limit <= 0) return kept;
  let least = 0;
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!;
    if (score <= least) continue;
    let at = kept.length;
    while (at > 0 && kept[at - 1]!.score < score) at--;
    kept.splice(at, 0, { index, score });
    if (kept.length > limit) kept.pop();
    if (kept.length === limit) least = kept[limit - 1]!.score;
  }
  return kept;
}
