import { join } from 'node:path';
import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import type { Chroma } from '../chroma/chroma.ts';
import { encoderDimensions, encoderModel } from '../embedding/sentence-encoder.ts';
import { type KnowledgePack, largeKnowledgePack } from './knowledge-pack.ts';
import { readPacks, type StoredPack, writePack } from './pack-file.ts';
import { fieldOf, type PackOwner, type PackVersion, readVersions, switchVersion } from './pack-version.ts';
import { readStored } from './stored-fact.ts';
import { Vectors } from './vectors.ts';

export interface HotPacksOptions {
  redis: Redis;
  keys: Keys;
  /** Undefined: nobody said where it is; what lies on disk is served all the same. */
  chroma: Chroma | undefined;
  /** KNOWLEDGE_CACHE_DIR */
  cacheFolder: string;
  /** CLUSTER_NAME: another one's packs may lie there too. */
  cluster: string;
  /** Of an agent, BCP 47. */
  languageOf: (agent: string) => string;
  log: Logger;
}

/** A change is in force so long after it was made, and however long reading it takes. */
const refreshMs = 2000;
/** Reading a row takes 0.1 ms of a process that has calls. */
const rowsAtOnce = 40;

interface Hot {
  readonly version: PackVersion;
  /** Undefined: there is nothing left of it. */
  readonly pack: KnowledgePack | undefined;
}

/**
 * The knowledge in force of every tenant and agent, in memory. A version is taken up when it is wholly read; until
 * then, and while Chroma or Redis is away, the one before serves.
 */
export class HotPacks {
  readonly #options: HotPacksOptions;
  readonly #folder: string;
  #hot: ReadonlyMap<string, Hot> = new Map();
  /** The newest versions it knows of, also such as could not be read yet. */
  readonly #newest = new Map<string, PackVersion>();
  #timer: NodeJS.Timeout | undefined;
  #problem: string | undefined;
  #isClosed = false;

  constructor(options: HotPacksOptions) {
    this.#options = options;
    this.#folder = join(options.cacheFolder, options.cluster);
  }

  /** Takes up what lies on disk, then looks for newer versions until `close`. */
  async start(): Promise<void> {
    const { log } = this.#options;
    const stored = await readPacks(this.#folder, (file, error) =>
      log.warn({ file, err: error.message }, 'knowledge kept on disk cannot be used; it is fetched anew'),
    );
    for (const pack of stored) {
      this.#newest.set(fieldOf(pack.version), pack.version);
      await this.#take(pack);
    }
    void this.#refreshAgain();
  }

  get(owner: PackOwner): KnowledgePack | undefined {
    return this.#hot.get(fieldOf(owner))?.pack;
  }

  /** For `/status`: `ok`, or what serves instead and why. */
  get status(): string {
    return this.#problem === undefined ? 'ok' : `cached (${this.#problem})`;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #refreshAgain(): Promise<void> {
    await this.#refresh();
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#refreshAgain(), refreshMs).unref();
  }

  async #refresh(): Promise<void> {
    const { redis, keys } = this.#options;
    if (redis.status !== 'ready') return;
    try {
      const versions = await readVersions(redis, keys);
      for (const [field, version] of this.#newest) {
        // What is removed is still named; only an emptied Redis knows nothing of it.
        if (!versions.has(field)) await redis.hsetnx(keys.knowledge, field, JSON.stringify(version));
      }
      let problem: string | undefined;
      for (const [field, version] of versions) problem = (await this.#follow(field, version)) ?? problem;
      this.#say(problem ?? (await this.#unreachable()));
    } catch {
      // Redis went away; its own log line says so, and what there is serves.
    }
  }

  /** @returns why the version that Redis names could not be had */
  async #follow(field: string, named: PackVersion): Promise<string | undefined> {
    const { redis, keys, chroma } = this.#options;
    const newest = this.#newest.get(field);
    if (newest !== undefined && newest.version !== named.version && newest.at > named.at) {
      // A worker that was behind told it to an emptied Redis, if it is not a backup that was restored; nothing that was
      // removed comes back by itself.
      const isRestored = newest.collection !== '' && (await isThereInsteadOf(chroma, named, newest));
      if (isRestored === undefined)
        return chroma === undefined ? 'CHROMA_URL is not set' : 'Chroma does not answer as it should';
      if (!isRestored) {
        await switchVersion(redis, keys, named.version, newest);
        return undefined;
      }
    }
    this.#newest.set(field, named);
    return this.#hot.get(field)?.version.version === named.version ? undefined : this.#fetch(named);
  }

  /** @returns why it could not be had */
  async #fetch(version: PackVersion): Promise<string | undefined> {
    const { chroma, log } = this.#options;
    try {
      if (version.collection === '') {
        await this.#keep({ version, facts: [], vectors: new Float32Array() });
        return undefined;
      }
      if (chroma === undefined) return 'CHROMA_URL is not set';
      const stored = await fetched(chroma, version);
      // Or replaced at this moment: the next round reads what is in force by then.
      if (stored === undefined) return 'Chroma does not have the version in force';
      await this.#keep(stored);
      log.info({ ...about(version), facts: stored.facts.length }, 'new knowledge is in force');
      return undefined;
    } catch (error) {
      log.debug(
        { ...about(version), err: (error as Error).message },
        'knowledge could not be read from Chroma',
      );
      return 'Chroma does not answer as it should';
    }
  }

  /**
   * On disk before it is in force: who has noticed the change can count on it after a restart too. Also of what was removed
   * something stays there, or nobody would know that it was.
   */
  async #keep(pack: StoredPack): Promise<void> {
    await writePack(this.#folder, pack).catch((error: Error) =>
      this.#options.log.warn(
        { err: error.message },
        'knowledge cannot be kept on disk (KNOWLEDGE_CACHE_DIR)',
      ),
    );
    await this.#take(pack);
  }

  /** Whether Chroma is there although nothing has to be read from it now. */
  async #unreachable(): Promise<string | undefined> {
    if (this.#hot.size === 0) return undefined;
    const { chroma } = this.#options;
    if (chroma === undefined) return 'CHROMA_URL is not set';
    const answer = await chroma.client.heartbeat().catch(() => undefined);
    return answer === undefined ? 'Chroma does not answer as it should' : undefined;
  }

  async #take({ version, facts, vectors }: StoredPack): Promise<void> {
    if (facts.length === 0) return this.#put(version, undefined);
    const isUsable = version.model === encoderModel && vectors.length === facts.length * encoderDimensions;
    const language = this.#options.languageOf(version.agent);
    const pack = await largeKnowledgePack(
      facts,
      language,
      isUsable ? new Vectors(vectors, encoderDimensions) : undefined,
    );
    this.#put(version, pack);
  }

  #put(version: PackVersion, pack: KnowledgePack | undefined): void {
    this.#hot = new Map([...this.#hot, [fieldOf(version), { version, pack }]]);
  }

  #say(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { log } = this.#options;
    if (problem === undefined) log.info('knowledge is up to date again');
    else log.warn({ reason: problem }, 'knowledge cannot be refreshed; what is in memory serves');
  }
}

/**
 * Whether Chroma has the older of two versions instead of the newer, as only after a backup was restored: once the newer
 * is in force, the older is removed. Undefined: Chroma cannot be asked.
 */
async function isThereInsteadOf(
  chroma: Chroma | undefined,
  older: PackVersion,
  newer: PackVersion,
): Promise<boolean | undefined> {
  if (chroma === undefined) return undefined;
  const isThere = async ({ collection }: PackVersion) =>
    collection !== '' && (await chroma.find(collection)) !== undefined;
  try {
    return (await isThere(older)) && !(await isThere(newer));
  } catch {
    return undefined;
  }
}

/** Undefined: the version is no longer there. */
async function fetched(chroma: Chroma, version: PackVersion): Promise<StoredPack | undefined> {
  const collection = await chroma.find(version.collection);
  if (collection === undefined) return undefined;
  const facts: StoredPack['facts'][number][] = [];
  const vectors = new Float32Array(version.facts * encoderDimensions);
  for await (const batch of readStored(collection, rowsAtOnce)) {
    for (const [index, { fact }] of batch.facts.entries()) {
      const vector = batch.vectors[index]!;
      if (vector.length !== encoderDimensions || facts.length >= version.facts) continue;
      vectors.set(vector, facts.length * encoderDimensions);
      facts.push(Object.freeze(fact));
    }
  }
  if (facts.length !== version.facts)
    throw new Error(`${facts.length} facts are stored where ${version.facts} should be`);
  return { version, facts, vectors };
}

const about = ({ tenant, agent, version }: PackVersion) => ({ tenant, agent, version });
