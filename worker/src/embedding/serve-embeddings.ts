import cluster, { type Worker } from 'node:cluster';
import type { Logger } from '@vjj/shared/log.ts';
import type { EmbeddingAnswer, EmbeddingRequest } from './embedding-source.ts';
import { EmbeddingThread } from './embedding-thread.ts';

/**
 * In the primary, before it has children: one thread makes the embeddings of all of them. It starts when the first of
 * them asks. The primary itself only passes questions and answers on.
 */
export function serveEmbeddings(log: Logger): void {
  // Vectors go as they are; as JSON they would be five times as long, and parsed by processes with calls.
  cluster.setupPrimary({ serialization: 'advanced' });
  const thread = new EmbeddingThread(log);
  cluster.on('message', (child: Worker, message: unknown) => {
    if (!isRequest(message)) return;
    const { id, text, until } = message;
    const tell = (answer: Omit<EmbeddingAnswer, 'type' | 'id'>) => {
      // A child that is gone needs none.
      child.send({ type: 'embedding', id, ...answer } satisfies EmbeddingAnswer, () => {});
    };
    thread.encode(text, until).then(
      (vector) => tell({ vector }),
      (error: Error) => tell({ error: error.message }),
    );
  });
}

function isRequest(message: unknown): message is EmbeddingRequest {
  return (message as { type?: unknown } | null)?.type === 'embed';
}
