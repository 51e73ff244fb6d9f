import { hostname } from 'node:os';
import type { Config } from '@vjj/shared/config.ts';
import { gatherCommands } from '@vjj/shared/control/gathered-writes.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { Lease, newProcessId } from '@vjj/shared/control/lease.ts';
import type { ProcessState } from '@vjj/shared/control/process-record.ts';
import { connectRedis } from '@vjj/shared/control/redis.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { collectProcessMetrics, gauge } from '@vjj/shared/metrics.ts';
import { shareMetrics } from '@vjj/shared/process/cluster-metrics.ts';
import { exitOnSignal } from '@vjj/shared/process/exit.ts';
import { LoopLag } from '@vjj/shared/process/loop-lag.ts';
import { machineId } from '@vjj/shared/process/machine.ts';
import { processIndex, watchForEndOfAll } from '@vjj/shared/process/primary.ts';
import { version } from '@vjj/shared/process/version.ts';
import { Calls } from './calls.ts';
import { createHttp } from './routes.ts';
import { Workers } from './workers.ts';

/** So many connections may wait for one turn of the event loop; the kernel has its own limit (`net.core.somaxconn`). */
const backlog = 4096;

/** One gateway process: listens, registers itself, and drains on SIGTERM. */
export async function runGateway(config: Readonly<Config>, log: Logger): Promise<void> {
  const startedAt = Date.now();
  const keys = keysOf(config.CLUSTER_NAME);
  const redis = connectRedis(config.REDIS_URL, log);
  gatherCommands(redis);
  const security = { secret: config.LINK_SECRET, isEncrypted: config.LINK_TLS };
  const workers = new Workers(redis, keys, { security, callersPerLink: config.CALLERS_PER_LINK, log });
  const origins = new Set(config.ALLOWED_ORIGINS);
  const calls = new Calls(redis, keys, workers, log, {
    allowedOrigins: origins,
    pingPeriodMs: config.PING_PERIOD_MS,
    linkSecret: config.LINK_SECRET,
    waitingRoom: config.WAITING_ROOM_SIZE,
    takeovers: { graceMs: config.RESUME_GRACE_MS, adoptMs: 2 * config.HEARTBEAT_MS },
  });
  const lag = new LoopLag();
  let state: ProcessState = 'up';
  const areAllEnding = watchForEndOfAll();

  const lease = new Lease(redis, keys, log, {
    role: 'gateway',
    newId: () => newProcessId(processIndex()),
    heartbeatMs: config.HEARTBEAT_MS,
    leaseMs: config.LEASE_MS,
    freeSlots: () => undefined,
    record: () => ({
      state,
      version,
      pid: process.pid,
      host: hostname(),
      startedAt,
      sessions: calls.count,
      loopLagP95Ms: lag.takeP95Ms(),
      rssBytes: process.memoryUsage.rss(),
      links: workers.count,
      admin: `${config.HOST}:${config.PORT}`,
      machine: machineId(),
    }),
  });

  collectProcessMetrics();
  shareMetrics();
  observe(calls, workers);

  const app = createHttp(redis, keys, calls, config.WAITING_ROOM_SIZE, origins);
  app.server.on('upgrade', (request, socket, head) => void calls.onUpgrade(request, socket, head));
  await app.listen({ host: config.HOST, port: config.PORT, backlog });
  // Not before it listens: whoever is in the registry is called.
  redis.on('ready', () => void lease.beatNow());
  await lease.start();
  log.info({ gateway: lease.id, address: `${config.HOST}:${config.PORT}` }, 'gateway listens');

  exitOnSignal(log, async () => {
    state = 'draining';
    await lease.beatNow();
    if (config.GATEWAY_PROCESSES > 1 && !areAllEnding()) {
      // Its siblings take who comes. Were all to leave, callers would still be told why they are refused.
      app.server.close();
      log.info('this process alone leaves; it listens no more');
    }
    await calls.drain(config.DRAIN_TIMEOUT_MS);
    await lease.stop();
    await app.close();
    workers.close();
    redis.disconnect();
  });
}

function observe(calls: Calls, workers: Workers): void {
  const connections = gauge('vjj_gateway_connections', 'client connections of this gateway');
  const links = gauge('vjj_gateway_links', 'links to workers');
  const queued = gauge('vjj_gateway_link_queued_bytes', 'bytes waiting on links to workers');
  connections.set(0);
  setInterval(() => {
    connections.set(calls.count);
    links.set(workers.count);
    queued.set(workers.queuedBytes);
  }, 1000).unref();
}
