import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { Lease, newProcessId } from '@vjj/shared/control/lease.ts';
import { confirm, release } from '@vjj/shared/control/pins.ts';
import type { ProcessState } from '@vjj/shared/control/process-record.ts';
import { connectRedis } from '@vjj/shared/control/redis.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { collectProcessMetrics, gauge } from '@vjj/shared/metrics.ts';
import { exitOnSignal } from '@vjj/shared/process/exit.ts';
import { LoopLag } from '@vjj/shared/process/loop-lag.ts';
import { machineId } from '@vjj/shared/process/machine.ts';
import { processIndex } from '@vjj/shared/process/primary.ts';
import { version } from '@vjj/shared/process/version.ts';
import { createAdmin } from './admin.ts';
import { Host, type Hosted, linkPath, portOf } from './host.ts';
import { guarded } from './microphone.ts';
import { openAIConnect } from './provider/openai-realtime.ts';
import { Session } from './session.ts';

/** How finely released audio is paced. */
const pacePeriodMs = 20;

/** One worker process: registers itself, takes the sessions it is pinned for, and drains on SIGTERM. */
export async function runWorker(config: Readonly<Config>, log: Logger): Promise<void> {
  const startedAt = Date.now();
  const index = processIndex();
  const keys = keysOf(config.CLUSTER_NAME);
  const redis = connectRedis(config.REDIS_URL, log);
  const ticker = new Ticker(pacePeriodMs);
  const lag = new LoopLag();
  const path = linkPath(config.LINK_DIR, randomBytes(8).toString('hex'));
  const unconfirmed = new Set<Hosted>();
  let state: ProcessState = 'up';
  let provider = 'ok';
  let adminPort = 0;
  let tcpPort: number | undefined;

  const connect = openAIConnect({
    apiKey: config.OPENAI_API_KEY,
    baseUrl: config.OPENAI_BASE_URL,
    model: config.OPENAI_MODEL,
    transcriptionModel: config.OPENAI_TRANSCRIPTION_MODEL,
    connectTimeoutMs: config.PROVIDER_CONNECT_TIMEOUT_MS,
  });

  const host: Host = new Host({
    config,
    log,
    workerId: () => lease.id,
    createSession: (id, pin, output, onEnd) =>
      new Session(id, pin.owner, {
        config,
        log: log.child({ session: id, epoch: pin.epoch }),
        connect,
        ticker,
        output,
        onProvider: (health) => {
          provider = health;
        },
        onEnd,
      }),
    onOpened: (hosted) => {
      unconfirmed.add(hosted);
      void confirmSession(hosted);
    },
    onClosed: ({ id, pin }) => {
      release(redis, keys, id, pin).catch((error: Error) =>
        log.warn({ session: id, err: error.message }, 'could not release a pin; it will run out'),
      );
    },
  });

  /** A pin that says somebody else is proof that the session is not ours; silence of Redis proves nothing. */
  async function confirmSession(hosted: Hosted): Promise<void> {
    try {
      const isOurs = await confirm(redis, keys, hosted.id, hosted.pin);
      unconfirmed.delete(hosted);
      if (!isOurs && host.sessions.has(hosted)) {
        log.warn(
          { session: hosted.id, epoch: hosted.pin.epoch },
          'a session belongs to another worker; letting it go',
        );
        hosted.session.fail('WORKER_LOST');
      }
    } catch (error) {
      log.warn(
        { session: hosted.id, err: (error as Error).message },
        'could not confirm a pin; trying again',
      );
    }
  }

  const lease = new Lease(redis, keys, log, {
    role: 'worker',
    newId: () => newProcessId(index),
    heartbeatMs: config.HEARTBEAT_MS,
    leaseMs: config.LEASE_MS,
    freeSlots: () => (state === 'up' ? config.MAX_SESSIONS_PER_WORKER - host.sessions.size : undefined),
    record: () => ({
      state,
      version,
      pid: process.pid,
      host: hostname(),
      startedAt,
      sessions: host.sessions.size,
      capacity: config.MAX_SESSIONS_PER_WORKER,
      loopLagP95Ms: lag.takeP95Ms(),
      rssBytes: process.memoryUsage.rss(),
      links: host.linkCount,
      admin: `${config.ADMIN_HOST}:${adminPort}`,
      linkPath: path,
      machine: machineId(),
      linkAddress: tcpPort === undefined ? '' : `${config.LINK_HOST}:${tcpPort}`,
      provider,
    }),
    onRenewed: () => {
      for (const hosted of unconfirmed) {
        if (host.sessions.has(hosted)) void confirmSession(hosted);
        else unconfirmed.delete(hosted);
      }
    },
  });

  collectProcessMetrics();
  observe(host);

  const admin = createAdmin(() => [
    ...(state === 'draining' ? ['DRAINING'] : []),
    ...(redis.status === 'ready' ? [] : ['REDIS_AWAY']),
    ...(lease.id === undefined ? ['NO_LEASE'] : []),
  ]);
  // Not shared with the siblings, as a cluster's ports otherwise are: each process answers for itself.
  await admin.listen({
    host: config.ADMIN_HOST,
    port: config.ADMIN_PORT === 0 ? 0 : config.ADMIN_PORT + index,
    exclusive: true,
  });
  adminPort = portOf(admin.server);
  await host.listenUnix(path);
  if (config.LINK_HOST !== '')
    tcpPort = await host.listenTcp(config.LINK_PORT === 0 ? 0 : config.LINK_PORT + index);
  // Not before it listens: whoever is in the registry is called.
  redis.on('ready', () => void lease.beatNow());
  await lease.start();
  log.info({ worker: lease.id, adminPort, tcpPort }, 'worker is ready');

  exitOnSignal(log, async () => {
    state = 'draining';
    await lease.beatNow();
    await host.drain(config.DRAIN_TIMEOUT_MS);
    await lease.stop();
    host.close();
    rmSync(path, { force: true });
    await admin.close();
    redis.disconnect();
  });
}

function observe(host: Host): void {
  const sessions = gauge('vjj_worker_sessions', 'calls of this worker');
  const guardedFrames = gauge(
    'vjj_audio_guarded_frames',
    'microphone frames kept back since start, by reason',
    ['reason'],
  );
  setInterval(() => {
    sessions.set(host.sessions.size);
    for (const [reason, count] of Object.entries(guarded)) guardedFrames.set({ reason }, count);
  }, 1000).unref();
}
