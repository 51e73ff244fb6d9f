import { createHash } from 'node:crypto';
import type { Collection } from 'chromadb';
import { z } from 'zod';
import type { Chroma } from '../chroma/chroma.ts';

/** What is kept of one session of a caller: its summary, or a fact in it. */
export interface Memory {
  readonly kind: 'summary' | 'fact';
  readonly text: string;
  readonly session: string;
  /** Unix ms, when the session ended. */
  readonly at: number;
}

export interface Person {
  readonly tenant: string;
  /** As `personId` makes it. */
  readonly user: string;
}

const rowSchema = z.object({ kind: z.enum(['summary', 'fact']), session: z.string(), at: z.number() });

/** A caller has this many at most; the oldest sessions go first. */
const maxRows = 200;

/** A collection of its own for each tenant, so that no question of one can ever be answered with another's. */
export function memoryCollection(cluster: string, tenant: string): string {
  return `memory-${createHash('sha256')
    .update(JSON.stringify([cluster, tenant]))
    .digest('hex')
    .slice(0, 32)}`;
}

/** What is kept of callers, in Chroma. */
export class Memories {
  readonly #chroma: Chroma;
  readonly #cluster: string;

  constructor(chroma: Chroma, cluster: string) {
    this.#chroma = chroma;
    this.#cluster = cluster;
  }

  /** All of a caller, the newest session first. @throws when Chroma cannot be asked */
  async of({ tenant, user }: Person): Promise<Memory[]> {
    const collection = await this.#chroma.find(memoryCollection(this.#cluster, tenant));
    if (collection === undefined) return [];
    const rows = await collection.get({
      where: { user },
      limit: maxRows,
      include: ['documents', 'metadatas'],
    });
    return rows.ids
      .flatMap((_, index) => {
        const row = rowSchema.safeParse(rows.metadatas[index]);
        const text = rows.documents[index];
        return row.success && text != null ? [{ ...row.data, text }] : [];
      })
      .sort((one, other) => other.at - one.at || (one.kind < other.kind ? 1 : -1));
  }

  /** Puts what is kept of one session in the place of what was kept of it before. */
  async keep(
    { tenant, user }: Person,
    memories: readonly Memory[],
    vectors: readonly ArrayLike<number>[],
    model: string,
  ): Promise<void> {
    const [first] = memories;
    if (first === undefined) return;
    const collection = await this.#opened(tenant, model);
    await collection.delete({ where: { $and: [{ user }, { session: first.session }] } });
    await collection.upsert({
      ids: memories.map(({ session }, index) => `${user}/${session}/${index}`),
      documents: memories.map(({ text }) => text),
      embeddings: vectors.map((vector) => Array.from(vector)),
      metadatas: memories.map(({ kind, session, at }) => ({ user, kind, session, at })),
    });
    await this.#trim(collection, user);
  }

  async forget({ tenant, user }: Person): Promise<void> {
    const collection = await this.#chroma.find(memoryCollection(this.#cluster, tenant));
    await collection?.delete({ where: { user } });
  }

  /** What is kept of one session of a caller. */
  async forgetCall({ tenant, user, session }: Person & Pick<Memory, 'session'>): Promise<void> {
    const collection = await this.#chroma.find(memoryCollection(this.#cluster, tenant));
    await collection?.delete({ where: { $and: [{ user }, { session }] } });
  }

  async #trim(collection: Collection, user: string): Promise<void> {
    const rows = await collection.get({ where: { user }, include: ['metadatas'] });
    if (rows.ids.length <= maxRows) return;
    const oldest = rows.ids
      .map((id, index) => ({ id, at: Number(rows.metadatas[index]?.at ?? 0) }))
      .sort((one, other) => one.at - other.at)
      .slice(0, rows.ids.length - maxRows);
    await collection.delete({ ids: oldest.map(({ id }) => id) });
  }

  #opened(tenant: string, model: string): Promise<Collection> {
    return this.#chroma.client.getOrCreateCollection({
      name: memoryCollection(this.#cluster, tenant),
      embeddingFunction: null,
      configuration: { hnsw: { space: 'cosine' } },
      metadata: { tenant, model },
    });
  }
}
