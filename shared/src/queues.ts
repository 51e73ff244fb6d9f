import { z } from 'zod';

/** What leaves the path of a call; each is read by the recorders. */
export const queueNames = ['audit', 'memory', 'knowledge', 'escalation'] as const;
export type QueueName = (typeof queueNames)[number];

/** Keys of the queues begin with this; a hash tag of its own, so that they may live elsewhere than the registry. */
export function queuePrefix(cluster: string): string {
  return `{${cluster}:queues}`;
}

/** Where jobs go that cannot be done, so that they are in nobody's way. */
export function deadLetterQueue(queue: QueueName): string {
  return `${queue}-dead`;
}

/** A job that could not be done, as it waits for a person. */
export const deadLetterSchema = z.object({
  id: z.string(),
  data: z.unknown(),
  /** What the last attempt failed of; never the job's content. */
  reason: z.string(),
  attempts: z.number(),
  /** Unix ms. */
  failedAt: z.number(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** One queue as an operator sees it. */
export const queueStatusSchema = z.object({
  queue: z.enum(queueNames),
  waiting: z.number(),
  active: z.number(),
  /** Waiting for another attempt. */
  delayed: z.number(),
  /** Could not be done. */
  dead: z.number(),
  /** Since the oldest job that is not done was handed over; 0: there is none. Dead ones do not count. */
  oldestAgeMs: z.number(),
});
export type QueueStatus = z.infer<typeof queueStatusSchema>;
