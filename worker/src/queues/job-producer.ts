import { randomUUID } from 'node:crypto';
import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import { type QueueName, queuePrefix } from '@vjj/shared/queues.ts';
import { Queue } from 'bullmq';
import { producerConnection } from './connection.ts';
import { jobOptions } from './job-options.ts';

const failures = counter('vjj_queue_add_failures_total', 'jobs that could not be handed over', ['queue']);

export interface NewJob {
  data: unknown;
  /** A job of that id that is still known is not added again. No colon, not digits alone. */
  id?: string;
}

/** Hands jobs to one queue, on a connection of its own. No call waits for it. */
export class JobProducer {
  readonly #queue: Queue;
  readonly #name: QueueName;

  constructor(name: QueueName, { url, cluster, log }: { url: string; cluster: string; log: Logger }) {
    this.#name = name;
    this.#queue = new Queue(name, { prefix: queuePrefix(cluster), connection: producerConnection(url) });
    this.#queue.on('error', (error) => log.debug({ queue: name, err: error.message }, 'a queue is away'));
  }

  /** Resolves when the queue has them all. @throws at once while Redis is away */
  async add(jobs: readonly NewJob[]): Promise<void> {
    const options = jobOptions[this.#name];
    const added = this.#queue.addBulk(
      jobs.map(({ data, id }) => ({
        name: this.#name,
        data,
        // Numbers, which the queue gives by itself, it refuses as names of dead letters.
        opts: { ...options, jobId: id ?? randomUUID() },
      })),
    );
    await added.catch((error: unknown) => {
      failures.inc({ queue: this.#name }, jobs.length);
      throw error;
    });
  }

  async close(): Promise<void> {
    await this.#queue.close().catch(() => undefined);
  }
}
