import { createHash } from 'node:crypto';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { Script } from '@vjj/shared/control/script.ts';
import type { Redis } from 'ioredis';
import { z } from 'zod';

/** Whose knowledge it is. */
export interface PackOwner {
  readonly tenant: string;
  readonly agent: string;
}

/** Which knowledge of a tenant's agent is in force: what everybody reads, and what a change replaces as a whole. */
export const packVersionSchema = z.object({
  version: z.string().min(1),
  tenant: z.string(),
  agent: z.string(),
  /** In Chroma; empty when there are no facts left. */
  collection: z.string(),
  /** What made the embeddings. */
  model: z.string(),
  facts: z.number().int().nonnegative(),
  /** Unix ms, and later than that of the version it was made from. */
  at: z.number(),
  files: z.array(z.object({ name: z.string(), facts: z.number().int(), at: z.number() })),
});
export type PackVersion = z.infer<typeof packVersionSchema>;

const switchScript = new Script('switch-knowledge');

/** One field a pack, however names are written. */
export const fieldOf = ({ tenant, agent }: PackOwner): string => JSON.stringify([tenant, agent]);

/** Begins the names of all collections of a pack; another tenant's never begins so. */
export function collectionPrefix(cluster: string, { tenant, agent }: PackOwner): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([cluster, tenant, agent]))
    .digest('hex');
  return `knowledge-${hash.slice(0, 32)}-`;
}

/** All versions in force, by `fieldOf`; a value nobody can read is left out. */
export async function readVersions(redis: Redis, keys: Keys): Promise<Map<string, PackVersion>> {
  const versions = new Map<string, PackVersion>();
  for (const [field, value] of Object.entries(await redis.hgetall(keys.knowledge))) {
    const version = parsedVersion(value);
    if (version !== undefined && fieldOf(version) === field) versions.set(field, version);
  }
  return versions;
}

export async function readVersion(
  redis: Redis,
  keys: Keys,
  owner: PackOwner,
): Promise<PackVersion | undefined> {
  const value = await redis.hget(keys.knowledge, fieldOf(owner));
  return value === null ? undefined : parsedVersion(value);
}

/**
 * Puts a version in force, if the one it was made from still is; in force already counts as done.
 * @param base `''`: there was none
 * @returns false: somebody else was faster
 */
export async function switchVersion(
  redis: Redis,
  keys: Keys,
  base: string,
  version: PackVersion,
): Promise<boolean> {
  const args = [fieldOf(version), base, version.version, JSON.stringify(version)];
  return (await switchScript.run(redis, [keys.knowledge], args)) === 1;
}

function parsedVersion(value: string): PackVersion | undefined {
  try {
    return packVersionSchema.parse(JSON.parse(value));
  } catch {
    return undefined;
  }
}
