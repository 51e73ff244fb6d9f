import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import { encoderModel } from '../../src/embedding/sentence-encoder.ts';
import { isForgotten, markForgotten } from '../../src/memory/known-caller.ts';
import type { Memories, Memory } from '../../src/memory/memories.ts';
import type { ForgetJob, MemoryJob, RememberJob } from '../../src/memory/memory-jobs.ts';
import { TryForever } from '../consumer.ts';
import type { Summariser, Summary } from './summarise.ts';
import type { WaitingCalls } from './waiting-calls.ts';

/** Who asked to be forgotten is, however long Chroma is away. */
const forgetPauseMs = 10_000;

export interface RememberDependencies {
  redis: Redis;
  keys: Keys;
  /** Undefined without Chroma: calls are not remembered, and of who is forgotten only Redis knows. */
  memories: Memories | undefined;
  waitingCalls: WaitingCalls;
  summariser: Summariser;
  embedAll: (texts: readonly string[]) => Promise<ArrayLike<number>[]>;
  log: Logger;
}

/** One job of the queue `memory`. Doing it again ends in the same state. */
export async function doMemoryJob(job: MemoryJob, dependencies: RememberDependencies): Promise<void> {
  if (job.kind === 'remember') {
    const { redis, keys } = dependencies;
    await remember(job, dependencies).catch(async (error: unknown) => {
      // Who was forgotten meanwhile must not become a dead letter.
      if (!(await isForgotten(redis, keys, job, job.startedAt))) throw error;
    });
    return;
  }
  try {
    await forget(job, dependencies);
  } catch (error) {
    const { message } = error as Error;
    dependencies.log.warn({ err: message }, 'a caller could not be forgotten yet; it is tried again');
    throw new TryForever(message, forgetPauseMs);
  }
}

async function forget(
  job: ForgetJob,
  { redis, keys, memories, waitingCalls }: RememberDependencies,
): Promise<void> {
  // Before anything is removed: what is being written meanwhile finds it afterwards, and removes itself.
  await markForgotten(redis, keys, job, Date.now());
  await waitingCalls.remove(job);
  await memories?.forget(job);
}

async function remember(job: RememberJob, dependencies: RememberDependencies): Promise<void> {
  const { redis, keys, memories, embedAll } = dependencies;
  const { session, startedAt, endedAt } = job;
  if (memories === undefined) return;
  if (await isForgotten(redis, keys, job, startedAt)) return;
  const { summary, facts } = await summaryOf(job, dependencies);
  const kept: Memory[] = [
    { kind: 'summary', text: summary, session, at: endedAt },
    ...facts.map((text): Memory => ({ kind: 'fact', text, session, at: endedAt })),
  ];
  const vectors = await embedAll(kept.map(({ text }) => text));
  if (await isForgotten(redis, keys, job, startedAt)) return;
  await memories.keep(job, kept, vectors, encoderModel);
  if (await isForgotten(redis, keys, job, startedAt)) await memories.forget(job);
}

async function summaryOf(job: RememberJob, { summariser, log }: RememberDependencies): Promise<Summary> {
  try {
    return await summariser.summarise(job);
  } catch (error) {
    // Not the message: it may quote what the service wrote of the caller.
    const { name, status } = error as Error & { status?: number };
    log.warn(
      { session: job.session, status, err: name },
      'a call could not be summarised by the service; the caller’s own words are kept instead',
    );
    return summariser.extract(job);
  }
}
