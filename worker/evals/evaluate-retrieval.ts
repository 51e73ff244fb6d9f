import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Encode } from '../src/embedding/sentence-encoder.ts';
import { Bm25, type Match } from '../src/knowledge/bm25.ts';
import { hybridSearch } from '../src/knowledge/hybrid-search.ts';
import { defaultFloor, offered } from '../src/knowledge/search-knowledge.ts';
import { termReader } from '../src/knowledge/terms.ts';
import { normalise, Vectors } from '../src/knowledge/vectors.ts';
import { Micros } from './micros.ts';

export interface RetrievalSet {
  readonly name: string;
  readonly documents: readonly { readonly id: string; readonly text: string }[];
  readonly queries: readonly { readonly query: string; readonly relevant: readonly string[] }[];
}

export interface Ranking {
  /** Share of queries with a relevant document first, or among the first five. */
  readonly recall1: number;
  readonly recall5: number;
  /** Mean of 1 / place of the first relevant document. */
  readonly mrr: number;
}

export interface RetrievalReport {
  readonly set: string;
  readonly documents: number;
  readonly queries: number;
  readonly bm25: Ranking;
  readonly dense: Ranking;
  readonly hybrid: Ranking;
  /** What is left of the hybrid ranking when what lies below the floor is not offered. */
  readonly offered: Ranking & { readonly floor: number; readonly nothing: number };
  /** A hybrid search, without embedding the question. */
  readonly micros: { readonly p50: number; readonly p99: number };
  /** Embedding a question, on a thread of its own in the product. */
  readonly embeddingMicros: { readonly p50: number; readonly p99: number };
  readonly misses: readonly string[];
}

/** Places looked at for the mean; further down nobody looks. */
const depth = 100;

/**
 * @param given a name of evals/retrieval, `documents.jsonl+queries.jsonl`, or what both file names begin with
 * @throws Error naming the file and line that is not of the form of a set
 */
export function readRetrievalSet(given: string): RetrievalSet {
  const [documents, queries] = filesOf(given);
  const lines = (file: string) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (line.trim() === '' ? [] : [{ place: `${file}:${index + 1}`, line }]));
  const set = {
    name: given.includes('+') ? given : basename(documents).replace(/\.documents\.jsonl$/, ''),
    documents: lines(documents).map(({ place, line }) => {
      const { id, text } = parsed(place, line);
      if (typeof id !== 'string' || typeof text !== 'string')
        throw new Error(`${place}: "id" and "text" must be strings`);
      return { id, text };
    }),
    queries: lines(queries).map(({ place, line }) => {
      const { query, relevant } = parsed(place, line);
      if (typeof query !== 'string' || !Array.isArray(relevant))
        throw new Error(`${place}: "query" must be a string and "relevant" a list of ids`);
      return { query, relevant: relevant.map(String) };
    }),
  };
  if (set.documents.length === 0) throw new Error(`${documents}: has no documents`);
  if (set.queries.length === 0) throw new Error(`${queries}: has no queries`);
  return set;
}

function filesOf(given: string): [documents: string, queries: string] {
  if (given.includes('+') && !existsSync(given)) {
    const [documents = '', queries = ''] = given.split('+', 2).map((file) => file.trim());
    return [documents, queries];
  }
  const start = given.replace(/\.(documents|queries)\.jsonl$/, '');
  const own = fileURLToPath(new URL(`../../evals/retrieval/${start}`, import.meta.url));
  const found = existsSync(`${start}.documents.jsonl`) ? start : own;
  return [`${found}.documents.jsonl`, `${found}.queries.jsonl`];
}

function parsed(place: string, line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new Error(`${place}: is not a JSON object`);
}

/** Ranks every document for every query by words, by meaning, and by both. */
export async function evaluateRetrieval(
  { name, documents, queries }: RetrievalSet,
  encode: Encode,
  say: (done: number, all: number) => void = () => {},
): Promise<RetrievalReport> {
  const index = new Bm25(
    documents.map(({ text }) => text),
    termReader('en'),
  );
  const rows: Float32Array[] = [];
  for (const { text } of documents) {
    rows.push(await encode(text));
    say(rows.length, documents.length);
  }
  const vectors = Vectors.of(rows, rows[0]!.length);
  const micros = new Micros();
  const embeddingMicros = new Micros();
  const bm25 = new Places();
  const dense = new Places();
  const hybrid = new Places();
  const floored = new Places();
  const misses: string[] = [];
  let nothing = 0;
  for (const { query, relevant } of queries) {
    const startedAt = performance.now();
    const meaning = normalise(await encode(query));
    embeddingMicros.add((performance.now() - startedAt) * 1000);
    const wanted = new Set(relevant);
    const isRelevant = ({ index: at }: Match) => wanted.has(documents[at]!.id);
    const both = micros.time(() => hybridSearch({ index, vectors }, query, meaning, depth));
    const left = offered(both);
    if (left.length === 0) nothing++;
    bm25.add(index.search(query, depth).findIndex(isRelevant));
    dense.add(byMeaning(vectors, meaning).findIndex(isRelevant));
    floored.add(left.findIndex(isRelevant));
    const place = both.findIndex(isRelevant);
    hybrid.add(place);
    if (place < 0 || place >= 5) misses.push(query);
  }
  return {
    ...{ set: name, documents: documents.length, queries: queries.length },
    bm25: bm25.ranking(),
    dense: dense.ranking(),
    hybrid: hybrid.ranking(),
    offered: { ...floored.ranking(), floor: defaultFloor, nothing },
    ...{ micros: micros.summary(), embeddingMicros: embeddingMicros.summary(), misses },
  };
}

function byMeaning(vectors: Vectors, meaning: Float32Array): Match[] {
  return [...vectors.likeness(meaning)]
    .map((score, index) => ({ index, score }))
    .sort((one, other) => other.score - one.score || one.index - other.index)
    .slice(0, depth);
}

/** Where the first relevant document of each query stood. */
class Places {
  readonly #places: number[] = [];

  /** @param place from 0; −1: nowhere */
  add(place: number): void {
    this.#places.push(place < 0 ? Number.POSITIVE_INFINITY : place);
  }

  ranking(): Ranking {
    const mean = (value: (place: number) => number) => {
      const sum = this.#places.reduce((total, place) => total + value(place), 0);
      return Math.round((sum / this.#places.length) * 10_000) / 10_000;
    };
    return {
      recall1: mean((place) => Number(place < 1)),
      recall5: mean((place) => Number(place < 5)),
      mrr: mean((place) => 1 / (place + 1)),
    };
  }
}
