import type { Logger } from '@vjj/shared/log.ts';
import { gauge } from '@vjj/shared/metrics.ts';
import {
  deadLetterQueue,
  type QueueName,
  type QueueStatus,
  queueNames,
  queuePrefix,
} from '@vjj/shared/queues.ts';
import { Queue } from 'bullmq';
import { producerConnection } from '../src/queues/connection.ts';

const jobs = gauge('vjj_queue_jobs', 'jobs of a queue, by state', ['queue', 'state']);
const oldestAge = gauge('vjj_queue_oldest_age_seconds', 'how long the oldest waiting job has waited', [
  'queue',
]);

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
  const [counts, [oldest], deadCount] = await Promise.all([
    live.getJobCounts('waiting', 'active', 'delayed'),
    live.getJobs(['waiting'], 0, 0, true),
    dead.getJobCountByTypes('waiting'),
  ]);
  return {
    queue: name,
    waiting: counts.waiting ?? 0,
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    dead: deadCount,
    oldestAgeMs: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest.timestamp),
  };
}
