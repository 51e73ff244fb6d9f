import type { Collection } from 'chromadb';
import { z } from 'zod';
import { maxBatch } from '../chroma/chroma.ts';
import type { Fact } from './fact.ts';

/** A fact as it stands in Chroma beside its embedding. */
export interface StoredFact {
  readonly fact: Fact;
  readonly file: string;
  readonly line: number;
}

const metadataSchema = z.object({
  source: z.string(),
  file: z.string(),
  line: z.number(),
  timestamp: z.string().optional(),
  category: z.string().optional(),
});

/** How a batch is written; the same again changes nothing. */
export async function storeFacts(
  collection: Collection,
  facts: readonly StoredFact[],
  vectors: readonly ArrayLike<number>[],
): Promise<void> {
  if (facts.length === 0) return;
  await collection.upsert({
    ids: facts.map(({ fact }) => fact.id),
    documents: facts.map(({ fact }) => fact.text),
    embeddings: vectors.map((vector) => Array.from(vector)),
    metadatas: facts.map(({ fact, file, line }) => ({
      ...{ source: fact.source, file, line },
      ...(fact.timestamp !== undefined && { timestamp: fact.timestamp }),
      ...(fact.category !== undefined && { category: fact.category }),
    })),
  });
}

export interface StoredBatch {
  readonly facts: readonly StoredFact[];
  readonly vectors: readonly number[][];
}

/**
 * All of a collection, a batch at a time; a row of somebody else's is left out.
 * @param atOnce rows of a batch; reading one with its embedding takes some 0.1 ms of CPU
 */
export async function* readStored(collection: Collection, atOnce = maxBatch): AsyncGenerator<StoredBatch> {
  for (let offset = 0; ; offset += atOnce) {
    const rows = await collection.get({
      limit: atOnce,
      offset,
      include: ['documents', 'metadatas', 'embeddings'],
    });
    const facts: StoredFact[] = [];
    const vectors: number[][] = [];
    for (const [index, id] of rows.ids.entries()) {
      const metadata = metadataSchema.safeParse(rows.metadatas[index]);
      const text = rows.documents[index];
      const vector = rows.embeddings[index];
      if (!metadata.success || text == null || vector === undefined) continue;
      const { file, line, ...rest } = metadata.data;
      facts.push({ fact: { id, text, ...rest }, file, line });
      vectors.push(vector);
    }
    yield { facts, vectors };
    if (rows.ids.length < atOnce) return;
  }
}
