import type { Batch } from '@vjj/shared/evidence/batch.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { Queue } from 'bullmq';
import type { AuditQueue } from './shipper.ts';

export const auditQueueName = 'audit';

/** Keys of the queue begin with this; a hash tag of its own, so that it may live elsewhere than the registry. */
export const auditQueuePrefix = (cluster: string): string => `{${cluster}:queues}`;

/** A Redis that stands still must not hold up the shipper for ever; a job that got through anyway is not doubled. */
const commandTimeoutMs = 5000;

/** The queue that recorders read, on a connection of its own that fails at once while Redis is away. */
export class BullAuditQueue implements AuditQueue {
  readonly #queue: Queue<Batch>;

  constructor(redisUrl: string, cluster: string, log: Logger) {
    this.#queue = new Queue<Batch>(auditQueueName, {
      prefix: auditQueuePrefix(cluster),
      connection: {
        url: redisUrl,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 1,
        commandTimeout: commandTimeoutMs,
        retryStrategy: (attempt: number) => Math.min(1000, 50 * attempt),
      },
    });
    this.#queue.on('error', (error) =>
      log.debug({ err: error.message }, 'the audit queue cannot be reached'),
    );
  }

  async add(batches: readonly Batch[]): Promise<void> {
    await this.#queue.addBulk(
      batches.map((batch) => ({
        name: 'batch',
        data: batch,
        opts: {
          // The same part sent again while it still waits is the same job.
          jobId: `${batch.segment}_${batch.from}_${batch.to}`,
          attempts: 5,
          backoff: { type: 'exponential', delay: 1000 },
          removeOnComplete: true,
          // Once it is gone the worker, which still has it, sends it again.
          removeOnFail: { age: 600 },
        },
      })),
    );
  }

  async close(): Promise<void> {
    await this.#queue.close().catch(() => undefined);
  }
}
