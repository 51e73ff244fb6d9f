import type { Config } from '@vjj/shared/config.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import { Consumer } from './consumer.ts';
import { escalationSchema } from './escalation/escalation.ts';
import { deliver } from './escalation/webhook.ts';

export interface ConsumersOptions {
  config: Readonly<Config>;
  log: Logger;
  redis: Redis;
  keys: Keys;
}

/** What a recorder does: one consumer for each queue. */
export async function createConsumers({ config, log }: ConsumersOptions) {
  const common = { redisUrl: config.REDIS_URL, cluster: config.CLUSTER_NAME, log };
  const consumers: { close(limitMs: number): Promise<void> }[] = [];
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
    },
  };
}
