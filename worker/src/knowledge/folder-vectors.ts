import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@vjj/shared/log.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { encoderDimensions, encoderModel } from '../embedding/sentence-encoder.ts';
import type { KnowledgePack } from './knowledge-pack.ts';
import { Vectors } from './vectors.ts';

/** Asked for at a time, so that other packs are not kept waiting by a large one. */
const textsAtOnce = 50;

/** The embeddings of the facts in agents' folders, made once and kept on disk; until then words alone count. */
export class FolderVectors {
  readonly #embedder: Pick<Embedder, 'embedAll'>;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #vectors = new WeakMap<KnowledgePack, Vectors>();
  readonly #begun = new WeakSet<KnowledgePack>();

  /** @param folder KNOWLEDGE_CACHE_DIR */
  constructor(embedder: Pick<Embedder, 'embedAll'>, folder: string, log: Logger) {
    this.#embedder = embedder;
    this.#folder = folder;
    this.#log = log;
  }

  /** The pack with the embeddings there are by now. */
  with(pack: KnowledgePack): KnowledgePack {
    this.prepare(pack);
    const vectors = this.#vectors.get(pack);
    return vectors === undefined ? pack : { ...pack, vectors };
  }

  prepare(pack: KnowledgePack): void {
    if (this.#begun.has(pack) || pack.facts.length === 0) return;
    this.#begun.add(pack);
    this.#make(pack).then(
      (vectors) => this.#vectors.set(pack, vectors),
      (error: Error) =>
        this.#log.warn(
          { err: error.message },
          'an agent’s facts have no embeddings; they are found by words alone',
        ),
    );
  }

  async #make({ facts }: KnowledgePack): Promise<Vectors> {
    const texts = facts.map(({ text }) => text);
    const hash = createHash('sha256')
      .update(JSON.stringify([encoderModel, texts]))
      .digest('hex');
    const path = join(this.#folder, `${hash.slice(0, 32)}.vectors`);
    const known = await readFile(path).catch(() => undefined);
    if (known?.length === texts.length * encoderDimensions * Float32Array.BYTES_PER_ELEMENT)
      return new Vectors(new Float32Array(Uint8Array.from(known).buffer), encoderDimensions);
    const rows: Float32Array[] = [];
    for (let at = 0; at < texts.length; at += textsAtOnce)
      rows.push(...(await this.#embedder.embedAll(texts.slice(at, at + textsAtOnce))));
    const vectors = Vectors.of(rows, encoderDimensions);
    await keep(path, vectors.values).catch(() => undefined);
    return vectors;
  }
}

async function keep(path: string, { buffer, byteOffset, byteLength }: Float32Array): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.${process.pid}`, Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength));
  await rename(`${path}.${process.pid}`, path);
}
