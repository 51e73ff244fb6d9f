import type { FunctionDefinition } from '../tools/function-definition.ts';
import type { Match } from './bm25.ts';
import { hybridSearch } from './hybrid-search.ts';
import type { KnowledgePack } from './knowledge-pack.ts';

/** What an answer may stand on. */
export interface FoundFact {
  readonly id: string;
  readonly text: string;
  readonly source: string;
  /** 0–1, rounded to hundredths. */
  readonly score: number;
}

export interface SearchLimits {
  /** RAG_TOP_K */
  readonly topK: number;
  /** RAG_MAX_TOKENS, as estimated, for all facts together. */
  readonly maxTokens: number;
  /** RAG_MAX_BYTES, for all facts together as JSON. */
  readonly maxBytes: number;
}

/**
 * When nothing scores more, nothing is offered: better to know nothing than something else. Lies between what questions
 * about a pack score and what questions about anything else do; see search-knowledge.test.ts.
 */
export const defaultFloor = 0.3;
/** Beside a good match, one may be offered that scores so much of the floor. */
const companionShare = 0.6;

/** What of a search is worth offering, in its order. */
export function offered<T extends Match>(matches: readonly T[]): T[] {
  const [best] = matches;
  if (best === undefined || best.score < defaultFloor) return [];
  return matches.filter(({ score }) => score >= defaultFloor * companionShare);
}

/**
 * The facts that answer a question, best first; one too long for what is left gives way to the next.
 * @param packs searched together; of facts with one id the one of the first pack counts
 * @param meaning embedding of the question, of length 1, when it came in time
 */
export function searchKnowledge(
  packs: readonly KnowledgePack[],
  query: string,
  limits: SearchLimits,
  meaning?: Float32Array,
): FoundFact[] {
  const { topK, maxTokens, maxBytes } = limits;
  const found: FoundFact[] = [];
  let tokens = 0;
  let bytes = 0;
  for (const { pack, index, score } of searched(packs, query, meaning, topK * matchesPerFact)) {
    const cost = pack.costs[index]!;
    if (tokens + cost.tokens > maxTokens || bytes + cost.bytes > maxBytes) continue;
    const { id, text, source } = pack.facts[index]!;
    found.push({ id, text, source, score: Math.round(Math.min(1, score) * 100) / 100 });
    if (found.length === topK) break;
    tokens += cost.tokens;
    bytes += cost.bytes;
  }
  return found;
}

/** Looked at for each fact asked for, in case some do not fit. */
const matchesPerFact = 2;

interface PackMatch extends Match {
  readonly pack: KnowledgePack;
}

function searched(
  packs: readonly KnowledgePack[],
  query: string,
  meaning: Float32Array | undefined,
  limit: number,
): PackMatch[] {
  const matches = packs.flatMap((pack, order) =>
    hybridSearch(pack, query, meaning, limit)
      .filter(({ index }) => !packs.slice(0, order).some(({ byId }) => byId.has(pack.facts[index]!.id)))
      .map((match) => ({ ...match, pack })),
  );
  return offered(matches.sort((one, other) => other.score - one.score)).slice(0, limit);
}

export const searchKnowledgeName = 'search_knowledge';

/** How the model is told of the search; agents cannot declare a tool of this name. */
export const searchKnowledgeTool: FunctionDefinition = {
  type: 'function',
  name: searchKnowledgeName,
  description:
    'Looks up facts about the company, its products and its rules. Use it before you state any such fact, unless the fact is already in the conversation. Answers with a list of facts, best first; an empty list means that nothing is known: say so then, and do not guess.',
  parameters: {
    type: 'object',
    properties: {
      query: {
        type: 'string',
        description: 'What the caller wants to know, in a few words, in the language of the call.',
        minLength: 1,
        maxLength: 500,
      },
    },
    required: ['query'],
    additionalProperties: false,
  },
};
