import { Asked } from './asked.ts';
import type { EmbeddingAnswer, EmbeddingRequest, EmbeddingSource } from './embedding-source.ts';

/** Has embeddings made by the primary of this process, whose one thread serves all its children. */
export class EmbeddingsOfPrimary implements EmbeddingSource {
  readonly #asked = new Asked();
  readonly #listen = (message: unknown) => {
    if (isAnswer(message)) this.#asked.answered(message);
  };

  constructor() {
    process.on('message', this.#listen);
  }

  async encode(text: string, until: number | undefined): Promise<Float32Array | undefined> {
    if (!process.connected) throw new Error('there is no primary that makes embeddings');
    return this.#asked.ask(until !== undefined, (id) => {
      const request: EmbeddingRequest = { type: 'embed', id, text, until };
      process.send!(request, undefined, undefined, (error) => {
        if (error !== null) this.#asked.answered({ id, error: error.message });
      });
    });
  }

  close(): void {
    process.off('message', this.#listen);
    this.#asked.failAll('the embedder was closed');
  }
}

function isAnswer(message: unknown): message is EmbeddingAnswer {
  return (message as { type?: unknown } | null)?.type === 'embedding';
}
