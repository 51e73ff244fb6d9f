import { counter, gauge, seconds } from '@vjj/shared/metrics.ts';
import type { EmbeddingSource } from './embedding-source.ts';

/** Callers ask the same things; 2 KiB each. */
const maxCached = 1000;
/** Every text is cut to this: what is longer than a paragraph has no one meaning, and costs up to 100 ms. */
const maxLength = 1000;

const embeddingSeconds = seconds(
  'vjj_embedding_seconds',
  'a call’s question, from asking for its embedding to having it',
);
const waiting = gauge('vjj_embedding_waiting', 'texts whose embedding was asked for and is not there');
const failures = counter('vjj_embedding_failures_total', 'calls that had to do without embeddings', [
  'reason',
]);

/** Embeddings of texts, each of length 1. Those that calls asked for are kept for the next call. */
export class Embedder {
  readonly #source: EmbeddingSource;
  readonly #cache = new Map<string, Float32Array>();

  constructor(source: EmbeddingSource) {
    this.#source = source;
  }

  /** For a call: undefined when not all of them are there in time, or at all. Never rejects. */
  async embed(
    texts: readonly string[],
    { deadlineMs }: { deadlineMs: number },
  ): Promise<Float32Array[] | undefined> {
    const endTimer = embeddingSeconds.startTimer();
    const deadline = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => deadline.resolve(undefined), deadlineMs);
    try {
      const until = Date.now() + deadlineMs;
      const all = Promise.all(texts.map((text) => this.#one(text, until)));
      const vectors = await Promise.race([all, deadline.promise]);
      if (vectors?.every((vector) => vector !== undefined)) {
        endTimer();
        return vectors;
      }
      failures.inc({ reason: 'late' });
    } catch {
      failures.inc({ reason: 'broken' });
    } finally {
      clearTimeout(timer);
    }
    return undefined;
  }

  /** For whoever can wait; calls go first. @throws when one of them cannot be made */
  async embedAll(
    texts: readonly string[],
    onProgress: (done: number, all: number) => void = () => {},
  ): Promise<Float32Array[]> {
    let done = 0;
    return Promise.all(
      texts.map(async (text) => {
        const vector = await this.#one(text, undefined);
        onProgress(++done, texts.length);
        return vector!;
      }),
    );
  }

  close(): void {
    this.#source.close();
  }

  async #one(text: string, until: number | undefined): Promise<Float32Array | undefined> {
    const key = text.slice(0, maxLength);
    const known = this.#cache.get(key);
    if (known !== undefined) {
      // Asked for again, so it goes last.
      this.#cache.delete(key);
      this.#cache.set(key, known);
      return known;
    }
    waiting.inc();
    try {
      const vector = await this.#source.encode(key, until);
      if (vector !== undefined && until !== undefined) this.#keep(key, vector);
      return vector;
    } finally {
      waiting.dec();
    }
  }

  #keep(text: string, vector: Float32Array): void {
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= maxCached && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(text, vector);
  }
}
