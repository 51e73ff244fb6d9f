import type { Config } from '@vjj/shared/config.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { batchSchema } from '@vjj/shared/evidence/batch.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import { AuditRecorder } from './audit/audit-recorder.ts';
import { Consumer, TryLater } from './consumer.ts';
import { escalationSchema } from './escalation/escalation.ts';
import { deliver } from './escalation/webhook.ts';

export interface ConsumersOptions {
  config: Readonly<Config>;
  log: Logger;
  redis: Redis;
  keys: Keys;
}

/** A store that takes nothing (a full disk, a database that is away) is asked again after this. */
const storePauseMs = 5000;

/** What a recorder does: one consumer for each queue. */
export async function createConsumers({ config, log, redis, keys }: ConsumersOptions) {
  const common = { redisUrl: config.REDIS_URL, cluster: config.CLUSTER_NAME, log };
  const consumers: { close(limitMs: number): Promise<void> }[] = [];
  const audit = await AuditRecorder.open({ config, redis, keys, log });
  consumers.push(
    new Consumer({
      ...common,
      queue: 'audit',
      schema: batchSchema,
      // Those that come together go to the disk in one sync.
      concurrency: 16,
      handle: (batch) =>
        audit.record(batch).catch((error: Error) => {
          throw new TryLater(error.message, storePauseMs);
        }),
    }),
  );
  const webhook = { url: config.ESCALATION_WEBHOOK_URL, secret: config.ESCALATION_WEBHOOK_SECRET };
  if (webhook.url !== '') {
    consumers.push(
      new Consumer({
        ...common,
        queue: 'escalation',
        schema: escalationSchema,
        concurrency: 4,
        handle: (escalation) => deliver(escalation, webhook),
      }),
    );
  }
  return {
    async close(limitMs: number): Promise<void> {
      await Promise.all(consumers.map((consumer) => consumer.close(limitMs)));
      await audit.close();
    },
  };
}
