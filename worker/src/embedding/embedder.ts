import { Worker } from 'node:worker_threads';
import type { Logger } from '@vjj/shared/log.ts';
import type { EmbeddingAnswer, EmbeddingRequest } from './embedding-thread.ts';

/** Callers ask the same things; 2 KiB each. */
const maxCached = 1000;
/** A thread that dies is made again for the next question, but not more often than this. */
const restartMs = 5000;

type Waiting = { resolve: (vector: Float32Array | undefined) => void; reject: (error: Error) => void };

/** Embeddings of texts, each of length 1, made on a thread of this process that starts with the first question. */
export class Embedder {
  readonly #log: Logger;
  readonly #cache = new Map<string, Float32Array>();
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #lastId = 0;
  #isClosed = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** For a call: undefined when not all of them are there in time, or at all. Never rejects. */
  async embed(
    texts: readonly string[],
    { deadlineMs }: { deadlineMs: number },
  ): Promise<Float32Array[] | undefined> {
    const deadline = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => deadline.resolve(undefined), deadlineMs);
    try {
      const until = Date.now() + deadlineMs;
      const all = Promise.all(texts.map((text) => this.#one(text, until)));
      const vectors = await Promise.race([all.catch(() => undefined), deadline.promise]);
      return vectors?.every((vector) => vector !== undefined) ? vectors : undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** For whoever can wait; calls go first. @throws when the thread breaks */
  async embedAll(texts: readonly string[]): Promise<Float32Array[]> {
    const vectors = await Promise.all(texts.map((text) => this.#one(text, undefined)));
    return vectors.map((vector) => vector!);
  }

  close(): void {
    this.#isClosed = true;
    void this.#thread?.terminate();
    this.#fail(new Error('the embedder was closed'));
  }

  async #one(text: string, until: number | undefined): Promise<Float32Array | undefined> {
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    const thread = this.#running();
    if (thread === undefined) throw new Error('there is no thread that makes embeddings');
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array | undefined>();
    this.#waiting.set(id, { resolve, reject });
    thread.postMessage({ id, text, until } satisfies EmbeddingRequest);
    const vector = await promise;
    if (vector !== undefined && until !== undefined) this.#keep(text, vector);
    return vector;
  }

  #keep(text: string, vector: Float32Array): void {
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= maxCached && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(text, vector);
  }

  #running(): Worker | undefined {
    if (this.#thread !== undefined || this.#isClosed) return this.#thread;
    if (performance.now() - this.#startedAt < restartMs) return undefined;
    this.#startedAt = performance.now();
    const thread = new Worker(new URL('./embedding-thread.ts', import.meta.url), {
      name: 'embedding',
      // The arguments of this process are not the thread's.
      argv: [],
    });
    thread.unref();
    thread.on('message', ({ id, vector }: EmbeddingAnswer) => {
      this.#waiting.get(id)?.resolve(vector);
      this.#waiting.delete(id);
    });
    thread.on('error', (error) =>
      this.#log.error({ err: error }, 'embeddings cannot be made; knowledge is found by words alone'),
    );
    thread.on('exit', () => {
      this.#thread = undefined;
      this.#fail(new Error('the thread that makes embeddings ended'));
    });
    this.#thread = thread;
    return thread;
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
