import type { Logger } from '@vjj/shared/log.ts';
import { counter, seconds } from '@vjj/shared/metrics.ts';
import { type DeadLetter, type QueueName, queuePrefix } from '@vjj/shared/queues.ts';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { z } from 'zod';
import { consumerConnection } from '../src/queues/connection.ts';
import { inTime } from '../src/queues/in-time.ts';
import { DeadLetters } from './dead-letters.ts';

const jobSeconds = seconds('vjj_job_seconds', 'doing one job of a queue', ['queue']);
const failures = counter('vjj_job_failures_total', 'attempts of jobs that failed', ['queue']);

/** How long Redis has to take note that a consumer ends. */
const goodbyeMs = 1000;

export interface JobContext {
  id: string;
  /** From 1. */
  attempt: number;
  /** Further tries it has after this one. */
  attemptsLeft: number;
  /** Since it was handed over. */
  waitedMs: number;
  reportProgress(share: number): void;
}

export interface ConsumerOptions<T> {
  queue: QueueName;
  /** What is not of this shape, a foreign version for example, is a dead letter at once. */
  schema: z.ZodType<T>;
  /** How many jobs at once in this process. */
  concurrency: number;
  /**
   * Does one job; it may come again after a crash. Throw to have it tried again, `HopelessJob` to have it set aside
   * at once. The message is kept and logged, so it must not hold what people said.
   */
  handle(job: T, context: JobContext): Promise<void>;
  /** Whether a dead letter is of use to anybody, asked when it comes and again later; without it all are kept. */
  isToKeep?(letter: DeadLetter): boolean;
  /** A recorder that stands still for so long loses its job to another. */
  lockMs: number;
  redisUrl: string;
  cluster: string;
  log: Logger;
}

/** Trying again would not help. */
export class HopelessJob extends UnrecoverableError {}

/** Trying again will help, but not before; it does not count as an attempt, within reason. */
export class TryLater extends Error {
  readonly pauseMs: number;

  constructor(message: string, pauseMs: number) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

/** The same for what must be done, however long that takes. */
export class TryForever extends TryLater {
  /** What the job is from now on, where it need not hold all that it held; undefined: the same. */
  readonly job: object | undefined;

  constructor(message: string, pauseMs: number, job?: object) {
    super(message, pauseMs);
    this.job = job;
  }
}

/** So often for each attempt a job may be put off. */
const mostPauses = 3;

/**
 * Takes the jobs of one queue. What cannot be read, fails every attempt, or kills its recorder twice goes to the
 * dead letters and keeps nobody waiting.
 */
export class Consumer<T> {
  readonly #worker: Worker;
  readonly #deadLetters: DeadLetters;
  #running = 0;

  constructor(options: ConsumerOptions<T>) {
    const { queue, schema, concurrency, handle, lockMs, redisUrl, cluster, log } = options;
    this.#deadLetters = new DeadLetters(queue, options);
    const run = async (job: Job, token?: string) => {
      const read = schema.safeParse(job.data);
      if (!read.success) {
        const [issue] = read.error.issues;
        throw new HopelessJob(`cannot be read: ${issue?.path.join('.') || 'job'}: ${issue?.message}`);
      }
      const endTimer = jobSeconds.startTimer({ queue });
      const attempt = job.attemptsMade + 1;
      const attempts = job.opts.attempts ?? 1;
      this.#running++;
      try {
        await handle(read.data, {
          id: job.id ?? '',
          attempt,
          attemptsLeft: Math.max(0, attempts - attempt),
          waitedMs: Date.now() - job.timestamp,
          reportProgress: (share) => void job.updateProgress(share).catch(() => undefined),
        });
      } catch (error) {
        const isToWait =
          error instanceof TryForever ||
          (error instanceof TryLater && job.attemptsStarted < attempts * mostPauses);
        if (!isToWait) throw error;
        if (error instanceof TryForever && error.job !== undefined) await job.updateData(error.job);
        await job.moveToDelayed(Date.now() + error.pauseMs, token);
        throw new DelayedError();
      } finally {
        this.#running--;
      }
      endTimer();
    };
    this.#worker = new Worker(queue, run, {
      prefix: queuePrefix(cluster),
      connection: consumerConnection(redisUrl),
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: 1,
    });
    this.#worker.on('error', (error) => log.debug({ queue, err: error.message }, 'a queue is away'));
    this.#worker.on('failed', (job, error) => {
      failures.inc({ queue });
      log.warn({ queue, job: job?.id, attempt: job?.attemptsMade, err: error.message }, 'a job failed');
      if (job?.finishedOn !== undefined) void this.#deadLetters.collect();
    });
  }

  /** Ends the jobs it has; what is not done by then is somebody else's after its lock has run out. */
  async close(limitMs: number): Promise<void> {
    // It waits for jobs and for Redis without a limit, and asking it again to hurry changes nothing.
    const closed = this.#worker.close();
    const isClosed = await inTime(closed, this.#running === 0 ? Math.min(limitMs, goodbyeMs) : limitMs);
    if (!isClosed) await inTime(this.#worker.disconnect(), goodbyeMs);
    await this.#deadLetters.close();
  }
}
