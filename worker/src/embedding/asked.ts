import type { EmbeddingAnswer } from './embedding-source.ts';

/** More than this is a burst that no deadline survives, or a peer that does not answer. */
const maxUrgent = 500;

interface Question {
  isUrgent: boolean;
  resolve: (vector: Float32Array | undefined) => void;
  reject: (error: Error) => void;
}

/** The questions that were sent and not yet answered. */
export class Asked {
  readonly #questions = new Map<number, Question>();
  #urgent = 0;
  #lastId = 0;

  get count(): number {
    return this.#questions.size;
  }

  /**
   * @param send hands the question over, by its number
   * @throws when too many urgent ones wait
   */
  ask(isUrgent: boolean, send: (id: number) => void): Promise<Float32Array | undefined> {
    if (isUrgent && this.#urgent >= maxUrgent) throw new Error('too many embeddings are asked for');
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array | undefined>();
    this.#questions.set(id, { isUrgent, resolve, reject });
    if (isUrgent) this.#urgent++;
    send(id);
    return promise;
  }

  answered({ id, vector, error }: Omit<EmbeddingAnswer, 'type'>): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    if (question.isUrgent) this.#urgent--;
    if (error === undefined) question.resolve(vector);
    else question.reject(new Error(error));
  }

  failAll(error: string): void {
    for (const id of [...this.#questions.keys()]) this.answered({ id, error });
  }
}
