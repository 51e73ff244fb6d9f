import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Collection } from 'chromadb';
import type { Redis } from 'ioredis';
import type { Chroma } from '../../src/chroma/chroma.ts';
import { encoderModel } from '../../src/embedding/sentence-encoder.ts';
import type { EmbedJob, KnowledgeJob, SwitchJob } from '../../src/knowledge/knowledge-jobs.ts';
import {
  collectionPrefix,
  type PackVersion,
  readVersion,
  switchVersion,
} from '../../src/knowledge/pack-version.ts';
import { readStored, storeFacts } from '../../src/knowledge/stored-fact.ts';
import { HopelessJob } from '../consumer.ts';

export interface IngestDependencies {
  redis: Redis;
  keys: Keys;
  cluster: string;
  chroma: Chroma;
  /** Vectors of length 1. */
  embedAll: (texts: readonly string[]) => Promise<ArrayLike<number>[]>;
  log: Logger;
}

/** A collection that was begun and is still not in force after so long belongs to nobody. */
const abandonedMs = 24 * 3600 * 1000;

/**
 * One job of the queue `knowledge`. Doing it again, wholly or from the middle, ends in the same state.
 * @throws {HopelessJob} when trying again cannot help
 */
export async function ingest(job: KnowledgeJob, dependencies: IngestDependencies): Promise<void> {
  if (!job.collection.startsWith(collectionPrefix(dependencies.cluster, job)))
    throw new HopelessJob('the collection is not one of this tenant and agent');
  if (job.kind === 'embed') await embedFacts(job, dependencies);
  else await switchPack(job, dependencies);
}

async function embedFacts(
  job: EmbedJob,
  { chroma, embedAll, redis, keys }: IngestDependencies,
): Promise<void> {
  const { collection, facts } = job;
  // Sent twice, and the pack long in force: its collection must not be touched, or made again after it was replaced.
  const current = await readVersion(redis, keys, job);
  if (current?.collection === collection) return;
  const target = await opened(chroma, collection, job);
  const vectors = await embedAll(facts.map(({ fact }) => fact.text));
  await storeFacts(target, facts, vectors);
}

async function switchPack(job: SwitchJob, dependencies: IngestDependencies): Promise<void> {
  const { chroma, redis, keys } = dependencies;
  const current = await readVersion(redis, keys, job);
  if (current?.version !== job.version) {
    if ((current?.version ?? '') !== job.base) {
      await chroma.remove(job.collection);
      throw new HopelessJob('the knowledge was changed by somebody else meanwhile; run the command again');
    }
    const version = await complete(job, current, dependencies);
    if (!(await switchVersion(redis, keys, job.base, version))) {
      await chroma.remove(job.collection);
      throw new HopelessJob('the knowledge was changed by somebody else meanwhile; run the command again');
    }
  }
  // A worker that knew of another one may have put it back meanwhile: its collection must not go.
  const inForce = await readVersion(redis, keys, job);
  if (inForce?.version !== job.version)
    throw new Error('another version is in force than was put in force just now; nothing was removed');
  await removeOthers(job, inForce, dependencies);
}

/** Takes over what is kept, and sees that all of it is there. */
async function complete(
  job: SwitchJob,
  current: PackVersion | undefined,
  { chroma, embedAll }: IngestDependencies,
): Promise<PackVersion> {
  const { tenant, agent, version } = job;
  const kept = (current?.files ?? []).filter(({ name }) => job.kept.includes(name));
  // Later than what it replaces, whosever clock made that: workers tell by it which of two is the newer.
  const now = Math.max(Date.now(), (current?.at ?? 0) + 1);
  const files = [...kept, ...job.added.map((file) => ({ ...file, at: now }))].sort((one, other) =>
    one.name < other.name ? -1 : 1,
  );
  const facts = files.reduce((sum, file) => sum + file.facts, 0);
  if (facts > 0) {
    const target = await opened(chroma, job.collection, job);
    if (kept.length > 0) await takeOver(current!, new Set(job.kept), target, { chroma, embedAll });
    const found = await target.count();
    if (found !== facts) throw new Error(`${found} facts are stored where ${facts} should be`);
    const metadata = { ...target.metadata, state: 'complete' };
    await target.modify({ metadata });
  }
  return {
    ...{ version, tenant, agent, facts, files, model: encoderModel, at: now },
    collection: facts > 0 ? job.collection : '',
  };
}

async function takeOver(
  current: PackVersion,
  kept: ReadonlySet<string>,
  target: Collection,
  { chroma, embedAll }: Pick<IngestDependencies, 'chroma' | 'embedAll'>,
): Promise<void> {
  const source = await chroma.find(current.collection);
  if (source === undefined)
    throw new HopelessJob(`Chroma has lost the version in force (${current.version}); add its files again`);
  for await (const { facts, vectors } of readStored(source)) {
    const wanted = facts.map((_, index) => index).filter((index) => kept.has(facts[index]!.file));
    const those = wanted.map((index) => facts[index]!);
    const same = current.model === encoderModel;
    const made = same
      ? wanted.map((index) => vectors[index]!)
      : await embedAll(those.map(({ fact }) => fact.text));
    await storeFacts(target, those, made);
  }
}

/** The versions before, and what nobody finished. What is left because Chroma fails now goes with the next change. */
async function removeOthers(
  job: SwitchJob,
  inForce: PackVersion,
  { chroma, cluster, log }: IngestDependencies,
): Promise<void> {
  const prefix = collectionPrefix(cluster, job);
  try {
    const all = await chroma.client.listCollections({ limit: 1000 });
    for (const { name, metadata } of all) {
      if (!name.startsWith(prefix) || name === inForce.collection) continue;
      const isUnfinished =
        metadata?.state !== 'complete' && Date.now() - Number(metadata?.at ?? 0) < abandonedMs;
      if (!isUnfinished || name === job.collection) await chroma.remove(name);
    }
  } catch (error) {
    log.warn({ err: (error as Error).message }, 'an old version of knowledge could not be removed yet');
  }
}

function opened(chroma: Chroma, name: string, { tenant, agent }: KnowledgeJob): Promise<Collection> {
  return chroma.client.getOrCreateCollection({
    name,
    // Ours are always given; its own would be downloaded.
    embeddingFunction: null,
    configuration: { hnsw: { space: 'cosine' } },
    metadata: { tenant, agent, model: encoderModel, at: Date.now(), state: 'filling' },
  });
}
