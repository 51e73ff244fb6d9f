import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../control/keys.ts';

/**
 * One job of the audit queue: lines of a spill segment, events and key records (`isKeyLine`), in the order they
 * were written, without line breaks. It may come twice, and a part of it again in a batch cut elsewhere.
 */
export const batchSchema = z.object({
  v: z.literal(1),
  /** Unique in the whole fleet and for all time. */
  segment: z.string().regex(/^[\w-]{1,120}$/),
  /** Bytes of the segment the lines were taken from, `from` inclusive, `to` exclusive. */
  from: z.number().int().nonnegative(),
  to: z.number().int().positive(),
  lines: z.array(z.string()),
});
export type Batch = z.infer<typeof batchSchema>;

/** The same part sent again while it still waits is the same job. */
export function batchId({ segment, from, to }: Pick<Batch, 'segment' | 'from' | 'to'>): string {
  return `${segment}_${from}_${to}`;
}

/** Longer than any worker stays away; what is still unconfirmed then is merely sent again. */
const acknowledgementSeconds = 7 * 24 * 3600;

/**
 * The recorder's word that every line of the batch is stored for good, or set aside for good as unreadable.
 * Only after this the worker deletes them.
 */
export async function acknowledge(
  redis: Redis,
  keys: Keys,
  { segment, from, to }: Pick<Batch, 'segment' | 'from' | 'to'>,
): Promise<void> {
  const key = keys.stored(segment);
  const results = await redis.multi().sadd(key, `${from}-${to}`).expire(key, acknowledgementSeconds).exec();
  for (const [error] of results ?? []) if (error !== null) throw error;
}

/**
 * Up to which byte the segment is stored without a gap.
 * @param known up to here it is known to be; a Redis that came back empty has forgotten that
 */
export async function storedUntil(redis: Redis, keys: Keys, segment: string, known = 0): Promise<number> {
  const ranges = (await redis.smembers(keys.stored(segment)))
    .map((member) => member.split('-').map(Number) as [number, number])
    .toSorted((a, b) => a[0] - b[0]);
  let until = known;
  for (const [from, to] of ranges) {
    if (from > until) break;
    until = Math.max(until, to);
  }
  return until;
}
