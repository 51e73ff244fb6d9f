import type { Config } from '@vjj/shared/config.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { batchSchema } from '@vjj/shared/evidence/batch.ts';
import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import { Chroma } from '../src/chroma/chroma.ts';
import { Embedder } from '../src/embedding/embedder.ts';
import { EmbeddingThread } from '../src/embedding/embedding-thread.ts';
import { knowledgeJobSchema } from '../src/knowledge/knowledge-jobs.ts';
import { Memories } from '../src/memory/memories.ts';
import { memoryJobSchema } from '../src/memory/memory-jobs.ts';
import { JobProducer } from '../src/queues/job-producer.ts';
import { AuditRecorder } from './audit/audit-recorder.ts';
import { masterKeyHere } from './audit/words.ts';
import { Consumer, TryForever } from './consumer.ts';
import { escalationOf, escalationSchema } from './escalation/escalation.ts';
import { lastWords } from './escalation/last-words.ts';
import { deliver } from './escalation/webhook.ts';
import { ingest } from './knowledge/ingest.ts';
import { doMemoryJob, type RememberDependencies } from './memory/remember.ts';
import { Summariser } from './memory/summarise.ts';
import { isToKeep, WaitingCalls } from './memory/waiting-calls.ts';
import { Collector } from './recordings/collector.ts';
import { Retention } from './recordings/retention.ts';

export interface ConsumersOptions {
  config: Readonly<Config>;
  log: Logger;
  redis: Redis;
  keys: Keys;
}

/** A store that takes nothing (a full disk, a database that is away) is asked again after this. */
const storePauseMs = 5000;

/** A job is given to another somewhat later than a call would be: doing it twice costs, losing time does not. */
const leasesPerLock = 3;

/** What a recorder does: one consumer for each queue. */
export async function createConsumers({ config, log, redis, keys }: ConsumersOptions) {
  const common = {
    redisUrl: config.REDIS_URL,
    cluster: config.CLUSTER_NAME,
    lockMs: leasesPerLock * config.LEASE_MS,
    log,
  };
  const consumers: { close(limitMs: number): Promise<void> }[] = [];
  const webhook = { url: config.ESCALATION_WEBHOOK_URL, secret: config.ESCALATION_WEBHOOK_SECRET };
  const escalationQueue = new JobProducer('escalation', { ...common, url: config.REDIS_URL });
  const raise = async (event: AuditEvent) => {
    const data = escalationOf(event);
    if (data !== undefined) await escalationQueue.add([{ id: data.id, data }]);
    else log.error({ session: event.session }, 'an escalation cannot be read; nobody was told of it');
  };
  const audit = await AuditRecorder.open({
    config,
    redis,
    keys,
    log,
    ...(webhook.url !== '' && { onEscalation: raise }),
  });
  const collector = new Collector({ folder: config.RECORDING_DIR, store: audit.store.recordings, log });
  collector.start();
  const retention = new Retention({ store: audit.store, keepDays: config.RECORDINGS_KEEP_DAYS, log });
  retention.start();
  consumers.push(
    new Consumer({
      ...common,
      queue: 'audit',
      schema: batchSchema,
      // Those that come together go to the disk in one sync.
      concurrency: 16,
      handle: (batch) =>
        audit.record(batch).catch((error: Error) => {
          throw new TryForever(error.message, storePauseMs);
        }),
      // What can be read its worker sends again; keys and words must not lie here side by side.
      isToKeep: ({ data }) => !batchSchema.safeParse(data).success,
    }),
  );
  if (webhook.url !== '') {
    consumers.push(
      new Consumer({
        ...common,
        queue: 'escalation',
        schema: escalationSchema,
        concurrency: 4,
        async handle(escalation, { waitedMs }) {
          // The key is asked for each time: the first worker of a host may only be making it.
          const master = masterKeyHere(config);
          const words = await lastWords(escalation, { keys: audit.store.keys, master, waitedMs });
          await deliver(escalation, words, webhook);
        },
      }),
    );
  }
  const embedder = new Embedder(new EmbeddingThread(log));
  if (config.CHROMA_URL !== '') {
    const chroma = new Chroma(config.CHROMA_URL);
    const embedAll = (texts: readonly string[]) => embedder.embedAll(texts);
    consumers.push(
      new Consumer({
        ...{ ...common, queue: 'knowledge', schema: knowledgeJobSchema },
        // One embeds while another waits for Chroma.
        concurrency: 2,
        handle: (job) => ingest(job, { redis, keys, cluster: config.CLUSTER_NAME, chroma, embedAll, log }),
      }),
    );
  }
  const waitingCalls = new WaitingCalls(common);
  const memory: RememberDependencies = {
    ...{ redis, keys, log, waitingCalls },
    memories:
      config.CHROMA_URL === '' ? undefined : new Memories(new Chroma(config.CHROMA_URL), config.CLUSTER_NAME),
    summariser: new Summariser({
      apiKey: config.OPENAI_API_KEY,
      baseUrl: config.OPENAI_BASE_URL,
      model: config.OPENAI_SUMMARY_MODEL,
      maxCharacters: config.MAX_SUMMARY_LENGTH,
    }),
    embedAll: (texts) => embedder.embedAll(texts),
  };
  consumers.push(
    new Consumer({
      ...{ ...common, queue: 'memory', schema: memoryJobSchema },
      // Most of a job is waiting for the summary.
      concurrency: 8,
      async handle(job) {
        // Where memory is switched off, somebody may still be erased, and what was handed over before is dropped.
        if (job.kind === 'forget' || config.ENABLE_PERSISTENT_MEMORY) await doMemoryJob(job, memory);
      },
      isToKeep,
    }),
    waitingCalls,
  );
  return {
    /** For `/status`. */
    get auditState() {
      return audit.state;
    },
    async close(limitMs: number): Promise<void> {
      await Promise.all(consumers.map((consumer) => consumer.close(limitMs)));
      await collector.close();
      await retention.close();
      await audit.close();
      await escalationQueue.close();
      embedder.close();
    },
  };
}
