import { Bm25 } from './bm25.ts';
import type { Fact } from './fact.ts';
import { termReader } from './terms.ts';
import { estimateTokens } from './tokens.ts';
import type { Vectors } from './vectors.ts';

/** What an agent knows, ready to be searched; built once for each process, shared by its sessions. */
export interface KnowledgePack {
  readonly facts: readonly Fact[];
  readonly byId: ReadonlyMap<string, Fact>;
  readonly index: Bm25;
  /** Of the facts, in their order; undefined until they have been made. */
  readonly vectors: Vectors | undefined;
  /** What the fact at that position costs a prompt. */
  readonly costs: readonly { readonly tokens: number; readonly bytes: number }[];
}

/** A result's JSON around its values. */
const frameBytes = 60;

/** @param language BCP 47, of the facts and of the questions */
export function knowledgePack(facts: readonly Fact[], language: string): KnowledgePack {
  // Id and category often hold the word a caller uses.
  const texts = facts.map(({ id, text, category = '' }) => `${text} ${id} ${category}`);
  const costs = facts.map(({ id, text, source }) => ({
    tokens: estimateTokens(id + text + source),
    bytes: Buffer.byteLength(id + text + source) + frameBytes,
  }));
  return Object.freeze({
    facts: Object.freeze([...facts]),
    byId: new Map(facts.map((fact) => [fact.id, fact])),
    index: new Bm25(texts, termReader(language)),
    vectors: undefined,
    costs: Object.freeze(costs),
  });
}
