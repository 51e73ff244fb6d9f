import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fact } from './fact.ts';
import { type PackOwner, type PackVersion, packVersionSchema } from './pack-version.ts';

/** Knowledge as it lies on disk, for when Chroma is away: a line of JSON, the facts as JSON, the vectors. */
export interface StoredPack {
  readonly version: PackVersion;
  readonly facts: readonly Fact[];
  readonly vectors: Float32Array;
}

const headerSchema = z.object({
  v: z.literal(1),
  version: packVersionSchema,
  factsBytes: z.number().int(),
  vectorBytes: z.number().int(),
  /** Of all that follows. */
  sha256: z.string(),
});

const ending = '.pack';

/** Appears whole or not at all; several processes may write the same. */
export async function writePack(folder: string, { version, facts, vectors }: StoredPack): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = pathOf(folder, version);
  const unfinished = `${path}.${process.pid}`;
  const parts = [
    Buffer.from(JSON.stringify(facts)),
    Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength),
  ];
  const header = {
    v: 1,
    version,
    factsBytes: parts[0]!.length,
    vectorBytes: parts[1]!.length,
    sha256: await hashOf(parts),
  };
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.write(`${JSON.stringify(header)}\n`);
    for (const part of parts) await file.write(part);
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** All that are whole. @param onBroken told of each that is not */
export async function readPacks(
  folder: string,
  onBroken: (file: string, error: Error) => void,
): Promise<StoredPack[]> {
  const names = await readdir(folder).catch(() => []);
  const packs: StoredPack[] = [];
  for (const name of names.filter((one) => one.endsWith(ending))) {
    try {
      packs.push(await readPack(join(folder, name)));
    } catch (error) {
      onBroken(join(folder, name), error as Error);
    }
  }
  return packs;
}

async function readPack(path: string): Promise<StoredPack> {
  const bytes = await readFile(path);
  const end = bytes.indexOf('\n');
  const header = headerSchema.parse(JSON.parse(bytes.subarray(0, end).toString()));
  const facts = bytes.subarray(end + 1, end + 1 + header.factsBytes);
  const vectors = bytes.subarray(end + 1 + header.factsBytes);
  if (vectors.length !== header.vectorBytes || (await hashOf([facts, vectors])) !== header.sha256)
    throw new Error('is not as it was written');
  return {
    version: header.version,
    facts: JSON.parse(facts.toString()) as Fact[],
    // Copied, to where four bytes make a number.
    vectors: new Float32Array(Uint8Array.from(vectors).buffer),
  };
}

function pathOf(folder: string, { tenant, agent }: PackOwner): string {
  const name = createHash('sha256')
    .update(JSON.stringify([tenant, agent]))
    .digest('hex');
  return join(folder, `${name.slice(0, 32)}${ending}`);
}

const hashedAtOnce = 256 * 1024;

/** With pauses: it may be tens of megabytes, in a process that has calls. */
async function hashOf(parts: readonly Buffer[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (let at = 0; at < part.length; at += hashedAtOnce) {
      hash.update(part.subarray(at, at + hashedAtOnce));
      await new Promise(setImmediate);
    }
  }
  return hash.digest('hex');
}
