import type { QueueName } from '@vjj/shared/queues.ts';
import type { JobsOptions } from 'bullmq';

const bytesPerMiB = 1024 * 1024;

/** A failed job stays until it was moved to the dead letters, whatever dies in between. */
const kept = { removeOnComplete: true, removeOnFail: false } as const;

/** How often jobs are tried, and how large they may be. Pauses grow, with jitter. */
export const jobOptions: Readonly<Record<QueueName, JobsOptions>> = {
  audit: { ...kept, attempts: 5, backoff: exponential(1000), sizeLimit: 2 * bytesPerMiB },
  memory: { ...kept, attempts: 6, backoff: exponential(2000), sizeLimit: bytesPerMiB },
  knowledge: { ...kept, attempts: 5, backoff: exponential(2000), sizeLimit: 8 * bytesPerMiB },
  // Delivered ones are remembered for a day: what is handed over again is not delivered again.
  escalation: {
    ...kept,
    removeOnComplete: { age: 24 * 3600, count: 10_000 },
    attempts: 11,
    // 5 s, 10 s … 43 min, each shortened by up to half: an hour in all, and longer when the receiver says so.
    backoff: exponential(5000),
    sizeLimit: bytesPerMiB,
  },
};

function exponential(delay: number) {
  return { type: 'exponential', delay, jitter: 0.5 };
}
