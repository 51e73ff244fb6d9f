import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '@vjj/shared/config.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { deadLetterQueue, deadLetterSchema, queuePrefix } from '@vjj/shared/queues.ts';
import { FlowProducer, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { consumerConnection } from '../queues/connection.ts';
import { jobOptions } from '../queues/job-options.ts';
import type { ReadDocument } from './documents/read-documents.ts';
import { type EmbedJob, factsPerJob, type SwitchJob } from './knowledge-jobs.ts';
import { collectionPrefix, type PackOwner, type PackVersion, readVersion } from './pack-version.ts';

export interface KnowledgeChangeOptions {
  redis: Redis;
  keys: Keys;
  config: Readonly<Config>;
  log: Logger;
  owner: PackOwner;
  /** What is in force, and what the change starts from. */
  current: PackVersion | undefined;
}

const queue = 'knowledge';
const pollMs = 200;
/** Without any progress for so long, no recorder is at work. */
const patienceMs = 120_000;

/** A change of one pack, handed to the recorders as jobs: embed what is new, then switch to a version with all of it. */
export class KnowledgeChange {
  readonly #options: KnowledgeChangeOptions;

  constructor(options: KnowledgeChangeOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the change is in force.
   * @param replaced names of files whose facts go
   * @throws when it was refused or nobody works on it, saying which
   */
  async apply(
    documents: readonly ReadDocument[],
    replaced: ReadonlySet<string>,
    onProgress: (done: number, all: number) => void,
  ): Promise<void> {
    const { redis, keys, config, log, owner, current } = this.#options;
    const version = `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
    const collection = `${collectionPrefix(config.CLUSTER_NAME, owner)}${version}`;
    const id = `knowledge-${version}`;
    const common = { v: 1, tenant: owner.tenant, agent: owner.agent, collection } as const;
    const facts = documents.flatMap(({ name, facts: written }) =>
      written.map(({ fact, line }) => ({ fact, file: name, line })),
    );
    const embeds: EmbedJob[] = [];
    for (let at = 0; at < facts.length; at += factsPerJob)
      embeds.push({ ...common, kind: 'embed', facts: facts.slice(at, at + factsPerJob) });
    const last: SwitchJob = {
      ...{ ...common, kind: 'switch', version, base: current?.version ?? '' },
      kept: (current?.files ?? []).map(({ name }) => name).filter((name) => !replaced.has(name)),
      added: documents.map(({ name, facts: written }) => ({ name, facts: written.length })),
    };

    const connection = {
      prefix: queuePrefix(config.CLUSTER_NAME),
      connection: consumerConnection(config.REDIS_URL),
    };
    const flows = new FlowProducer(connection);
    const live = new Queue(queue, connection);
    const dead = new Queue(deadLetterQueue(queue), connection);
    const onError = (error: Error) => log.debug({ err: error.message }, 'a queue is away');
    flows.on('error', onError);
    live.on('error', onError);
    dead.on('error', onError);
    try {
      await flows.add({
        ...{ name: queue, queueName: queue, data: last },
        opts: { ...jobOptions.knowledge, jobId: id },
        children: embeds.map((data, index) => ({
          ...{ name: queue, queueName: queue, data },
          opts: { ...jobOptions.knowledge, jobId: `${id}-${index}`, failParentOnFailure: true },
        })),
      });
      const ids = [id, ...embeds.map((_, index) => `${id}-${index}`)];
      let shown = -1;
      let movedAt = Date.now();
      while ((await readVersion(redis, keys, owner))?.version !== version) {
        const job = await live.getJob(id);
        const counts = await job?.getDependenciesCount({ processed: true });
        const done = Math.min(facts.length, (counts?.processed ?? 0) * factsPerJob);
        if (job !== undefined && done !== shown) {
          shown = done;
          movedAt = Date.now();
          onProgress(done, facts.length);
        }
        const problem = await refusal(dead, ids);
        if (problem !== undefined) throw new Error(`nothing was changed: ${problem}`);
        if (Date.now() - movedAt > patienceMs)
          throw new Error(
            'no recorder works on it; it is done as soon as one runs (see `npm run knowledge -- list`)',
          );
        await pause(pollMs);
      }
      if (shown < facts.length) onProgress(facts.length, facts.length);
    } finally {
      await Promise.allSettled([flows.close(), live.close(), dead.close()]);
    }
  }
}

/** Why the first of the jobs was set aside. */
async function refusal(dead: Queue, ids: readonly string[]): Promise<string | undefined> {
  const letters = await dead.getJobs(['waiting'], 0, 50);
  for (const letter of letters) {
    const read = deadLetterSchema.safeParse(letter?.data);
    if (read.success && ids.includes(read.data.id) && !read.data.reason.startsWith('child '))
      return read.data.reason;
  }
  return undefined;
}
