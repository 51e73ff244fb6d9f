import { Worker } from 'node:worker_threads';
import type { Logger } from '@vjj/shared/log.ts';
import { Asked } from './asked.ts';
import type { EmbeddingAnswer, EmbeddingRequest, EmbeddingSource } from './embedding-source.ts';

/** A thread that died is made again for the next question after this; doubled until one answers. */
const firstRestartMs = 1000;
const slowestRestartMs = 60_000;

/** Makes embeddings on a thread of this process, which starts with the first question and takes about 150 MB. */
export class EmbeddingThread implements EmbeddingSource {
  readonly #log: Logger;
  readonly #asked = new Asked();
  #thread: Worker | undefined;
  #restartMs = firstRestartMs;
  #notBeforeMs = 0;
  #isClosed = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  async encode(text: string, until: number | undefined): Promise<Float32Array | undefined> {
    const thread = this.#running();
    // Whoever waits keeps the process alive; an idle thread does not.
    thread.ref();
    try {
      return await this.#asked.ask(until !== undefined, (id) =>
        thread.postMessage({ type: 'embed', id, text, until } satisfies EmbeddingRequest),
      );
    } finally {
      if (this.#asked.count === 0) thread.unref();
    }
  }

  close(): void {
    this.#isClosed = true;
    void this.#thread?.terminate();
    this.#asked.failAll('the embedder was closed');
  }

  #running(): Worker {
    if (this.#isClosed) throw new Error('the embedder was closed');
    if (this.#thread !== undefined) return this.#thread;
    if (performance.now() < this.#notBeforeMs)
      throw new Error('the thread that makes embeddings died lately');
    const thread = new Worker(new URL('./thread-program.ts', import.meta.url), {
      name: 'embedding',
      // The arguments of this process are not the thread's.
      argv: [],
    });
    thread.on('message', (answer: EmbeddingAnswer) => {
      this.#restartMs = firstRestartMs;
      this.#asked.answered(answer);
    });
    thread.on('error', (error) => this.#log.error({ err: error }, 'the thread that makes embeddings broke'));
    thread.on('exit', (code) => {
      this.#thread = undefined;
      this.#asked.failAll('the thread that makes embeddings died');
      if (this.#isClosed) return;
      const pauseMs = this.#restartMs;
      this.#notBeforeMs = performance.now() + pauseMs;
      this.#restartMs = Math.min(slowestRestartMs, pauseMs * 2);
      this.#log.error({ code, pauseMs }, 'embeddings cannot be made for a while; words alone count');
    });
    this.#thread = thread;
    return thread;
  }
}
