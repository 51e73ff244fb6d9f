import { type DeadLetter, deadLetterQueue, queuePrefix } from '@vjj/shared/queues.ts';
import { type Job, Queue } from 'bullmq';
import type { Person } from '../../src/memory/memories.ts';
import { consumerConnection } from '../../src/queues/connection.ts';
import { inTime } from '../../src/queues/in-time.ts';

/** Far shorter than a caller stays forgotten: no retry may come after that. */
const keptMs = 30 * 24 * 3600 * 1000;
const atOnce = 100;
/** How long Redis has to take note of the end. */
const goodbyeMs = 1000;

/** Of the dead letters of `memory`: words of callers are not kept for long, whoever is to be forgotten is. */
export function isToKeep({ data, failedAt }: Pick<DeadLetter, 'data' | 'failedAt'>): boolean {
  return (data as { kind?: unknown } | null)?.kind === 'forget' || Date.now() - failedAt < keptMs;
}

/** Calls that are over and not remembered yet: their jobs wait for another try, or are dead letters. */
export class WaitingCalls {
  readonly #live: Queue;
  readonly #dead: Queue;

  constructor({ redisUrl, cluster }: { redisUrl: string; cluster: string }) {
    const options = { prefix: queuePrefix(cluster), connection: consumerConnection(redisUrl) };
    this.#live = new Queue('memory', options);
    this.#dead = new Queue(deadLetterQueue('memory'), options);
    for (const each of [this.#live, this.#dead]) each.on('error', () => undefined);
  }

  /** Removes those of a person. One that is being done meanwhile has to look for itself. */
  async remove(person: Person): Promise<void> {
    // In this order, since that is the way they take.
    const live = await this.#live.getRanges(['waiting', 'delayed', 'failed']);
    await removeThose(this.#live, live, ({ data }) => isCallOf(person, data));
    const dead = await this.#dead.getRanges(['waiting']);
    await removeThose(this.#dead, dead, ({ data }) => isCallOf(person, (data as DeadLetter).data));
  }

  async close(): Promise<void> {
    const queues = [this.#live, this.#dead];
    if (await inTime(Promise.all(queues.map((queue) => queue.close())), goodbyeMs)) return;
    await inTime(Promise.all(queues.map((queue) => queue.disconnect())), goodbyeMs);
  }
}

/** Also of those that no recorder could read. */
function isCallOf({ tenant, user }: Person, data: unknown): boolean {
  const of = data as (Partial<Person> & { kind?: unknown }) | null;
  return of?.kind === 'remember' && of.tenant === tenant && of.user === user;
}

async function removeThose(queue: Queue, ids: readonly string[], isMeant: (job: Job) => boolean) {
  for (let from = 0; from < ids.length; from += atOnce) {
    const jobs = await Promise.all(ids.slice(from, from + atOnce).map((id) => queue.getJob(id)));
    for (const job of jobs) {
      if (job === undefined || !isMeant(job)) continue;
      await job.remove().catch(async (error: unknown) => {
        if (!(await job.isActive())) throw error;
      });
    }
  }
}
