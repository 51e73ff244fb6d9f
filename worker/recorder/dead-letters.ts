import type { Logger } from '@vjj/shared/log.ts';
import { type DeadLetter, deadLetterQueue, type QueueName, queuePrefix } from '@vjj/shared/queues.ts';
import { Queue } from 'bullmq';
import { consumerConnection } from '../src/queues/connection.ts';
import { inTime } from '../src/queues/in-time.ts';

/** Jobs that failed while no recorder lived to set them aside are found by this. */
const sweepMs = 30_000;
const atOnce = 100;
/** How long Redis has to take note of the end. */
const goodbyeMs = 1000;

export interface DeadLettersOptions {
  /** Those it is not true of, or no more, are removed. */
  isToKeep?(letter: DeadLetter): boolean;
  redisUrl: string;
  cluster: string;
  log: Logger;
}

/** Moves failed jobs out of their queue. Copy first, then remove: a crash in between makes a second copy of one id. */
export class DeadLetters {
  readonly #live: Queue;
  readonly #dead: Queue;
  readonly #isToKeep: (letter: DeadLetter) => boolean;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #collecting: Promise<void> | undefined;
  #isAgain = false;

  constructor(queue: QueueName, { isToKeep = () => true, redisUrl, cluster, log }: DeadLettersOptions) {
    const options = { prefix: queuePrefix(cluster), connection: consumerConnection(redisUrl) };
    this.#live = new Queue(queue, options);
    this.#dead = new Queue(deadLetterQueue(queue), options);
    this.#isToKeep = isToKeep;
    this.#log = log;
    for (const each of [this.#live, this.#dead]) each.on('error', () => undefined);
    this.#timer = setInterval(() => void this.collect(), sweepMs);
    this.#timer.unref();
    void this.collect();
  }

  /** Moves what has failed for good. Never rejects. */
  async collect(): Promise<void> {
    if (this.#collecting !== undefined) {
      this.#isAgain = true;
      return this.#collecting;
    }
    do {
      this.#isAgain = false;
      this.#collecting = this.#moveAndClear().catch((error: Error) =>
        this.#log.debug({ err: error.message }, 'dead letters could not be collected; trying again'),
      );
      await this.#collecting;
    } while (this.#isAgain);
    this.#collecting = undefined;
  }

  async #moveAndClear(): Promise<void> {
    await this.#move();
    await this.#clear();
  }

  async #move(): Promise<void> {
    for (;;) {
      const failed = await this.#live.getFailed(0, atOnce - 1);
      if (failed.length === 0) return;
      for (const job of failed) {
        if (job?.id === undefined) continue;
        const letter: DeadLetter = {
          id: letterId(job.id),
          data: job.data,
          reason: job.failedReason ?? 'unknown',
          attempts: job.attemptsMade,
          failedAt: job.finishedOn ?? Date.now(),
        };
        if (!this.#isToKeep(letter)) {
          await job.remove();
          continue;
        }
        await this.#dead.add('dead', letter, { jobId: letter.id });
        await job.remove();
        this.#log.error(
          { queue: this.#live.name, job: job.id, reason: letter.reason },
          'a job could not be done and was set aside; see `npm run queues`',
        );
      }
    }
  }

  /** The oldest only: what lies there for long comes to be among them. */
  async #clear(): Promise<void> {
    for (;;) {
      const oldest = await this.#dead.getJobs(['waiting'], 0, atOnce - 1, true);
      const unneeded = oldest.filter(({ data }) => !this.#isToKeep(data));
      for (const job of unneeded) await job.remove();
      if (unneeded.length < atOnce) return;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const queues = [this.#live, this.#dead];
    const closed = Promise.all(queues.map((queue) => queue.close()));
    if (await inTime(closed, goodbyeMs)) return;
    await inTime(Promise.all(queues.map((queue) => queue.disconnect())), goodbyeMs);
  }
}

/** A queue takes no number as an id, though it numbers what is handed over without one, as memory's jobs were once. */
const letterId = (id: string): string => (/^\d+$/.test(id) ? `job-${id}` : id);
