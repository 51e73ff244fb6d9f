import type { Logger } from '@vjj/shared/log.ts';
import { gauge } from '@vjj/shared/metrics.ts';
import {
  deadLetterQueue,
  type QueueName,
  type QueueStatus,
  queueNames,
  queuePrefix,
} from '@vjj/shared/queues.ts';
import { Queue, type RedisQueueBackend } from 'bullmq';
import { producerConnection } from '../src/queues/connection.ts';

const jobs = gauge('vjj_queue_jobs', 'jobs of a queue, by state', ['queue', 'state']);
const oldestAge = gauge(
  'vjj_queue_oldest_age_seconds',
  'since the oldest job that is not done was handed over',
  ['queue'],
);

/** Of the jobs that are done or tried again, so many are asked for their age. */
const mostLookedAt = 100;

interface Watched {
  name: QueueName;
  live: Queue;
  dead: Queue;
}

/** Looks at all queues every so often, for `/status` and `/metrics`. */
export class QueueWatch {
  readonly #queues: readonly Watched[];
  readonly #timer: NodeJS.Timeout;
  #status: QueueStatus[] = [];

  constructor(options: { redisUrl: string; cluster: string; log: Logger; periodMs: number }) {
    const { redisUrl, cluster, log, periodMs } = options;
    const queue = (name: string) => {
      const made = new Queue(name, {
        prefix: queuePrefix(cluster),
        connection: producerConnection(redisUrl),
      });
      made.on('error', () => undefined);
      return made;
    };
    this.#queues = queueNames.map((name) => ({
      name,
      live: queue(name),
      dead: queue(deadLetterQueue(name)),
    }));
    const look = () =>
      this.look().catch((error: Error) => log.debug({ err: error.message }, 'the queues are away'));
    this.#timer = setInterval(look, periodMs);
    this.#timer.unref();
    void look();
  }

  /** As last seen. */
  get status(): readonly QueueStatus[] {
    return this.#status;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(
      this.#queues.flatMap(({ live, dead }) =>
        [live, dead].map((each) => each.close().catch(() => undefined)),
      ),
    );
  }

  /** Looks now. @throws while Redis is away */
  async look(): Promise<void> {
    this.#status = await Promise.all(this.#queues.map(statusOf));
    for (const { queue, oldestAgeMs, ...states } of this.#status) {
      for (const [state, count] of Object.entries(states)) jobs.set({ queue, state }, count);
      oldestAge.set({ queue }, oldestAgeMs / 1000);
    }
  }
}

async function statusOf({ name, live, dead }: Watched): Promise<QueueStatus> {
  const [counts, oldestAgeMs, deadCount] = await Promise.all([
    live.getJobCounts('waiting', 'active', 'delayed'),
    oldestAgeMsOf(live),
    dead.getJobCountByTypes('waiting'),
  ]);
  return {
    queue: name,
    waiting: counts.waiting ?? 0,
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    dead: deadCount,
    oldestAgeMs,
  };
}

/** What is done or tried again counts too: a job that failed all morning is old. Its data is not read, only its age. */
async function oldestAgeMsOf(queue: Queue): Promise<number> {
  const { client } = queue.getBackend() as RedisQueueBackend;
  const redis = await client;
  const [waiting, others] = await Promise.all([
    queue.getRanges(['waiting'], 0, 0, true),
    queue.getRanges(['active', 'delayed'], 0, mostLookedAt - 1, true),
  ]);
  const ids = [...waiting, ...others];
  const times = await Promise.all(ids.map((id) => redis.hget(queue.toKey(id), 'timestamp')));
  // One that was done meanwhile has none.
  const since = times.filter((time) => time !== null).map(Number);
  return since.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...since));
}
