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
  return packOf(facts, new Bm25(searchedTexts(facts), termReader(language)), undefined);
}

/** The same of many facts, with pauses for the calls of the process. */
export async function largeKnowledgePack(
  facts: readonly Fact[],
  language: string,
  vectors: Vectors | undefined,
): Promise<KnowledgePack> {
  return packOf(facts, await Bm25.build(searchedTexts(facts), termReader(language)), vectors);
}

/** Id and category often hold the word a caller uses. */
function searchedTexts(facts: readonly Fact[]): string[] {
  return facts.map(({ id, text, category = '' }) => `${text} ${id} ${category}`);
}

function packOf(facts: readonly Fact[], index: Bm25, vectors: Vectors | undefined): KnowledgePack {
  const costs = facts.map(({ id, text, source }) => ({
    tokens: estimateTokens(id + text + source),
    bytes: Buffer.byteLength(id + text + source) + frameBytes,
  }));
  return Object.freeze({
    facts: Object.freeze([...facts]),
    byId: new Map(facts.map((fact) => [fact.id, fact])),
    ...{ index, vectors },
    costs: Object.freeze(costs),
  });
}
