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
  if (job.kind === 'remember') await remember(job, dependencies);
  else await surely('a caller', () => forget(job, dependencies), dependencies);
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
  const { redis, keys, memories } = dependencies;
  if (memories === undefined) return;
  const isUnwanted = () => isForgotten(redis, keys, job, job.startedAt);
  // Without words it was put off to be forgotten, and a Redis that is empty since does not know that any more.
  if (hasWords(job) && !(await isUnwanted())) {
    try {
      await keep(job, memories, isUnwanted, dependencies);
    } catch (error) {
      // Who was forgotten meanwhile must not become a dead letter.
      if (!(await isUnwanted())) throw error;
    }
    if (!(await isUnwanted())) return;
  }
  // Of what was kept, now or by a recorder that died or lost Chroma while it did this before.
  await surely('a call', () => memories.forgetCall(job), dependencies, withoutWords(job));
}

async function keep(
  job: RememberJob,
  memories: Memories,
  isUnwanted: () => Promise<boolean>,
  dependencies: RememberDependencies,
): Promise<void> {
  const { session, endedAt: at } = job;
  const { summary, facts } = await summaryOf(job, dependencies);
  const kept: Memory[] = [
    { kind: 'summary', text: summary, session, at },
    ...facts.map((text): Memory => ({ kind: 'fact', text, session, at })),
  ];
  const vectors = await dependencies.embedAll(kept.map(({ text }) => text));
  if (await isUnwanted()) return;
  await memories.keep(job, kept, vectors, encoderModel);
}

const hasWords = ({ earlier, turns }: RememberJob): boolean => earlier !== '' || turns.length > 0;

/** What somebody who is forgotten has said does not wait for Chroma in the queue. */
const withoutWords = (job: RememberJob): RememberJob => ({ ...job, earlier: '', turns: [] });

/**
 * @param waiting what the job is while it waits for another try
 * @throws {TryForever} it could not be done now
 */
async function surely(
  what: 'a caller' | 'a call',
  forget: () => Promise<void>,
  { log }: Pick<RememberDependencies, 'log'>,
  waiting?: RememberJob,
): Promise<void> {
  try {
    await forget();
  } catch (error) {
    const { message } = error as Error;
    log.warn({ err: message }, `${what} could not be forgotten yet; it is tried again`);
    throw new TryForever(message, forgetPauseMs, waiting);
  }
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
