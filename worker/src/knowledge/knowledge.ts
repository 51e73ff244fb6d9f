import type { Config } from '@vjj/shared/config.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import type { Redis } from 'ioredis';
import { Chroma } from '../chroma/chroma.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { FolderVectors } from './folder-vectors.ts';
import { HotPacks } from './hot-packs.ts';
import type { KnowledgePack } from './knowledge-pack.ts';
import { type FoundFact, searchKnowledge } from './search-knowledge.ts';
import { primaryLanguage } from './stop-words.ts';

/** A question costs a call no more than this; without its embedding words alone count. */
const embeddingDeadlineMs = 100;
/** The model of the embeddings knows no other language. */
const embeddedLanguage = 'en';

const searches = counter('vjj_knowledge_searches_total', 'questions to the knowledge, by what answered', [
  'by',
]);

export interface KnowledgeOptions {
  config: Readonly<Config>;
  redis: Redis;
  keys: Keys;
  embedder: Embedder;
  /** Of an agent, BCP 47. */
  languageOf: (agent: string) => string;
  log: Logger;
}

/** Who asks, and what the agent's folder holds. */
export interface KnowledgeOf {
  readonly tenant: string;
  readonly agent: string;
  readonly language: string;
  readonly folder: KnowledgePack;
}

/** What the agents of a process know: their folders, and above that what was added for a tenant while calls run. */
export class Knowledge {
  readonly #config: Readonly<Config>;
  readonly #embedder: Embedder;
  readonly #hot: HotPacks;
  readonly #folders: FolderVectors;

  constructor({ config, redis, keys, embedder, languageOf, log }: KnowledgeOptions) {
    this.#config = config;
    this.#embedder = embedder;
    const cacheFolder = config.KNOWLEDGE_CACHE_DIR;
    const cluster = config.CLUSTER_NAME;
    const chroma = config.CHROMA_URL === '' ? undefined : new Chroma(config.CHROMA_URL);
    this.#hot = new HotPacks({ redis, keys, chroma, cacheFolder, cluster, languageOf, log });
    this.#folders = new FolderVectors(embedder, cacheFolder, log);
  }

  start(): Promise<void> {
    return this.#hot.start();
  }

  /** For `/status`. */
  get status(): string {
    return this.#hot.status;
  }

  /** Whether there is anything to search. */
  has(owner: KnowledgeOf): boolean {
    return owner.folder.facts.length > 0 || this.#hot.get(owner) !== undefined;
  }

  /** Makes the embeddings of the folder's facts, if they can be made and are not there. */
  prepare({ language, folder }: Pick<KnowledgeOf, 'language' | 'folder'>): void {
    if (primaryLanguage(language) === embeddedLanguage) this.#folders.prepare(folder);
  }

  /** The category of a fact, added or of the folder. */
  categoryOf(owner: KnowledgeOf, id: string): string | undefined {
    return (this.#hot.get(owner)?.byId.get(id) ?? owner.folder.byId.get(id))?.category;
  }

  async search(owner: KnowledgeOf, query: string): Promise<FoundFact[]> {
    const { RAG_TOP_K, RAG_MAX_TOKENS, RAG_MAX_BYTES } = this.#config;
    const added = this.#hot.get(owner);
    const isEmbedded = primaryLanguage(owner.language) === embeddedLanguage;
    const folder = isEmbedded ? this.#folders.with(owner.folder) : owner.folder;
    // What was added later counts before the folder's fact of the same id.
    const packs = added === undefined ? [folder] : [added, folder];
    const meaning =
      isEmbedded && packs.some(({ vectors }) => vectors !== undefined)
        ? (await this.#embedder.embed([query], { deadlineMs: embeddingDeadlineMs }))?.[0]
        : undefined;
    searches.inc({ by: meaning === undefined ? 'words' : 'words and meaning' });
    const limits = { topK: RAG_TOP_K, maxTokens: RAG_MAX_TOKENS, maxBytes: RAG_MAX_BYTES };
    return searchKnowledge(packs, query, limits, meaning);
  }

  close(): void {
    this.#hot.close();
  }
}
