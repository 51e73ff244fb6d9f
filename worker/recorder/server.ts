import { constants, getPriority, hostname, setPriority } from 'node:os';
import type { Config } from '@vjj/shared/config.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { Lease, newProcessId } from '@vjj/shared/control/lease.ts';
import type { ProcessState } from '@vjj/shared/control/process-record.ts';
import { connectRedis } from '@vjj/shared/control/redis.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { collectProcessMetrics } from '@vjj/shared/metrics.ts';
import { exitOnSignal } from '@vjj/shared/process/exit.ts';
import { LoopLag } from '@vjj/shared/process/loop-lag.ts';
import { machineId } from '@vjj/shared/process/machine.ts';
import { processIndex } from '@vjj/shared/process/primary.ts';
import { version } from '@vjj/shared/process/version.ts';
import { createAdmin, listenAlone } from '../src/admin.ts';
import { createConsumers } from './consumers.ts';
import { QueueWatch } from './queue-watch.ts';

/** Where processors are short, calls go first: what waits here is safe. */
function giveWay(log: Logger): void {
  const { PRIORITY_BELOW_NORMAL } = constants.priority;
  try {
    if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL);
  } catch (error) {
    log.warn({ err: (error as Error).message }, 'this recorder competes with calls for the processor');
  }
}

/** One recorder process: does what calls hand over, and is in no call's way. */
export async function runRecorder(config: Readonly<Config>, log: Logger): Promise<void> {
  giveWay(log);
  const startedAt = Date.now();
  const index = processIndex();
  const keys = keysOf(config.CLUSTER_NAME);
  const redis = connectRedis(config.REDIS_URL, log);
  const lag = new LoopLag();
  let state: ProcessState = 'up';

  const watch = new QueueWatch({
    redisUrl: config.REDIS_URL,
    cluster: config.CLUSTER_NAME,
    log,
    periodMs: config.HEARTBEAT_MS,
  });
  collectProcessMetrics();
  const admin = createAdmin(() => [
    ...(state === 'draining' ? ['DRAINING'] : []),
    ...(redis.status === 'ready' ? [] : ['REDIS_AWAY']),
  ]);
  const { ADMIN_HOST: host, RECORDER_ADMIN_PORT: firstPort } = config;
  // First, or one that ends since its port is taken would take jobs with it, and again, until they are set aside.
  const adminPort = await listenAlone(admin, { host, firstPort, index });
  const consumers = await createConsumers({ config, log, redis, keys });
  const lease = new Lease(redis, keys, log, {
    role: 'recorder',
    newId: () => newProcessId(index),
    heartbeatMs: config.HEARTBEAT_MS,
    leaseMs: config.LEASE_MS,
    freeSlots: () => undefined,
    record: () => ({
      state,
      version,
      pid: process.pid,
      host: hostname(),
      startedAt,
      loopLagP95Ms: lag.takeP95Ms(),
      rssBytes: process.memoryUsage.rss(),
      admin: `${config.ADMIN_HOST}:${adminPort}`,
      machine: machineId(),
      queues: JSON.stringify(watch.status),
      audit: consumers.auditState,
    }),
  });
  redis.on('ready', () => void lease.beatNow());
  await lease.start();
  log.info({ recorder: lease.id, adminPort }, 'recorder is ready');

  exitOnSignal(log, async () => {
    state = 'draining';
    await lease.beatNow();
    await consumers.close(config.DRAIN_TIMEOUT_MS);
    await watch.close();
    await lease.stop();
    await admin.close();
    redis.disconnect();
  });
}
