import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { Lease, newProcessId } from '@vjj/shared/control/lease.ts';
import type { ProcessState } from '@vjj/shared/control/process-record.ts';
import { connectRedis } from '@vjj/shared/control/redis.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { collectProcessMetrics, gauge } from '@vjj/shared/metrics.ts';
import { exitOnSignal } from '@vjj/shared/process/exit.ts';
import { LoopLag } from '@vjj/shared/process/loop-lag.ts';
import { machineId } from '@vjj/shared/process/machine.ts';
import { processIndex } from '@vjj/shared/process/primary.ts';
import { version } from '@vjj/shared/process/version.ts';
import { ResumeTokens } from '@vjj/shared/resume-token.ts';
import { createAdmin, listenAlone } from './admin.ts';
import { recent } from './call-metrics.ts';
import { WorkerCalls } from './calls.ts';
import { type Capacity, capacityOf, isLagging, shareOf } from './capacity.ts';
import { drain } from './drain.ts';
import { Evidence } from './evidence/evidence.ts';
import { featuresOf } from './features.ts';
import { Host } from './host.ts';
import { Journal } from './journal/journal.ts';
import { linkPath } from './link-folder.ts';
import { guarded } from './microphone.ts';
import { Ownership } from './ownership.ts';
import { createResources, type Resources } from './resources.ts';
import { Session } from './session.ts';
import type { PhrasesStatus } from './voice/phrases.ts';
import { CallLengths } from './waiting/estimate.ts';
import { WaitingRoom } from './waiting/waiting-room.ts';

/** How finely released audio is paced. */
const pacePeriodMs = 20;
/** How often it is asked whether evidence can still be kept in memory, when no disk takes it. */
const exhaustedCheckMs = 1000;

/** One worker process: registers itself, takes the sessions it is pinned for, and drains on SIGTERM. */
export async function runWorker(config: Readonly<Config>, log: Logger): Promise<void> {
  const startedAt = Date.now();
  const index = processIndex();
  const keys = keysOf(config.CLUSTER_NAME);
  const redis = connectRedis(config.REDIS_URL, log);
  const ticker = new Ticker(pacePeriodMs, (error) =>
    log.error({ err: error }, 'pacing a call failed; its speech stops'),
  );
  const lag = new LoopLag();
  const path = linkPath(config.LINK_DIR, randomBytes(8).toString('hex'));
  const ownership = new Ownership(redis, keys, log);
  let state: ProcessState = 'up';
  let provider = 'ok';
  /** Until the registry says more, no fewer than the primary starts. */
  let fleet = { workers: config.WORKER_PROCESSES, before: index };
  let adminPort = 0;
  let tcpPort: number | undefined;
  let isLate = false;

  const evidence = new Evidence({ config, log, redis, keys });
  await evidence.start();

  const resources = await createResources({ config, log, redis, keys, providerRoom: () => providerRoom() });

  const lengths = new CallLengths();
  const room = new WaitingRoom({
    redis,
    keys,
    log,
    workerId: () => lease.id,
    meanCallMs: () => lengths.meanMs,
    onPlaced: (hosted) => calls.place(hosted),
    onElsewhere: (hosted) => calls.goElsewhere(hosted),
    onForgotten: (hosted) => ownership.forgotten(hosted),
  });
  const calls: WorkerCalls = new WorkerCalls({
    redis,
    keys,
    log,
    room,
    onLasted: (ms) => lengths.ended(ms),
    tokens: new ResumeTokens(config.LINK_SECRET),
    createSession: ({ id, pin }, connection, own) =>
      new Session(id, pin.owner, connection, {
        config,
        log: log.child({ session: id, epoch: pin.epoch }),
        ...resources,
        ticker,
        evidence: {
          isFull: () => evidence.isFull,
          begin: (caller) => evidence.call({ session: id, epoch: pin.epoch, ...caller }),
        },
        ...own,
        onProvider: (health) => {
          provider = health;
        },
      }),
    onOpened: (hosted) => ownership.opened(hosted),
    onChanged: (hosted) => journal.changed(hosted),
    leaveLimitMs: config.DRAIN_TIMEOUT_MS,
    write: (hosted) => journal.write(hosted),
    onClosed: (hosted) => ownership.closed(hosted),
  });
  const journal: Journal = new Journal({
    redis,
    keys,
    log,
    calls,
    beforeWrite: () => host.flush(),
    isFenced: () => !lease.isHeld(),
    onLost: (hosted) => ownership.lost(hosted),
    onForgotten: (hosted) => ownership.forgotten(hosted),
  });
  ownership.settled = (hosted) => journal.settled(hosted);
  ownership.onSure = (hosted) => journal.changed(hosted);
  const host = new Host({ config, log, workerId: () => lease.id, calls, beforeWrite: evidence.flush });
  setInterval(() => {
    if (evidence.isExhausted) for (const { session } of [...calls.all()]) session.fail('EVIDENCE_FULL');
  }, exhaustedCheckMs).unref();

  /** Conversations this process may have of those the fleet may have, shared evenly. */
  function providerShare(): number {
    const { OPENAI_MAX_SESSIONS: most } = config;
    return most === 0 ? Number.POSITIVE_INFINITY : shareOf(most, fleet.workers, fleet.before);
  }
  const providerRoom = () => providerShare() - calls.placed;
  const capacity = () =>
    capacityOf({
      isDraining: state === 'draining',
      isEvidenceFull: evidence.isFull,
      calls: calls.placed + ownership.heldSlots,
      maxCalls: config.MAX_SESSIONS_PER_WORKER,
      providerShare: providerShare(),
      isProviderPaused: resources.limits.isPaused(),
      isLagging: isLate,
    });
  const freeSlots = () => {
    isLate = isLagging(isLate, lag.takeP95Ms(), config.MAX_LOOP_LAG_MS);
    return capacity().free;
  };

  const lease: Lease = new Lease(redis, keys, log, {
    role: 'worker',
    newId: () => newProcessId(index),
    heartbeatMs: config.HEARTBEAT_MS,
    leaseMs: config.LEASE_MS,
    freeSlots,
    record: () => ({
      state,
      version,
      pid: process.pid,
      host: hostname(),
      startedAt,
      sessions: calls.placed,
      waiting: room.size,
      capacity: capacity().total,
      limitedBy: capacity().limitedBy ?? '',
      loopLagP95Ms: lag.takeP95Ms(),
      rssBytes: process.memoryUsage.rss(),
      links: host.linkCount,
      admin: `${config.ADMIN_HOST}:${adminPort}`,
      linkPath: path,
      machine: machineId(),
      linkAddress: tcpPort === undefined ? '' : `${config.LINK_HOST}:${tcpPort}`,
      provider,
      laneA: laneAOf(resources.voiceStatus()),
      knowledge: resources.knowledgeStatus(),
      warmConnections: resources.warmConnections(),
      features: featuresOf(config),
      connect: recent.connect.encode(),
      ttfbResponse: recent.ttfbResponse.encode(),
      ttfbAudio: recent.ttfbAudio.encode(),
      evidence: evidence.status,
    }),
    onRegistered: (id) => ownership.registered(id, calls.all()),
    onRenewed: (workers, before) => {
      fleet = { workers: Math.max(workers, config.WORKER_PROCESSES), before };
      ownership.tryRest();
    },
  });

  collectProcessMetrics();
  observe(calls, resources, capacity);

  const admin = createAdmin(() => [
    ...(state === 'draining' ? ['DRAINING'] : []),
    ...(redis.status === 'ready' ? [] : ['REDIS_AWAY']),
    ...(lease.id === undefined ? ['NO_LEASE'] : []),
    ...(evidence.isFull ? ['EVIDENCE_FULL'] : []),
  ]);
  adminPort = await listenAlone(admin, { host: config.ADMIN_HOST, firstPort: config.ADMIN_PORT, index });
  await host.listenUnix(path);
  if (config.LINK_HOST !== '') {
    const { LINK_HOST, LINK_LISTEN_HOST, LINK_PORT } = config;
    tcpPort = await host.listenTcp(LINK_LISTEN_HOST || LINK_HOST, LINK_PORT === 0 ? 0 : LINK_PORT + index);
  }
  // Not before it listens: whoever is in the registry is called.
  redis.on('ready', () => void lease.beatNow());
  // Others need not find out by being refused too, nor wait for the next heartbeat to be taken again.
  resources.limits.onChanged = () => {
    const isPaused = resources.limits.isPaused();
    log.warn({ isPaused }, 'the voice service is at its limits: new calls wait, or need not wait any more');
    void lease.beatNow();
  };
  lag.restart();
  await lease.start();
  log.info({ worker: lease.id, adminPort, tcpPort }, 'worker is ready');

  exitOnSignal(log, async () => {
    state = 'draining';
    await lease.beatNow();
    await drain(calls, config.DRAIN_TIMEOUT_MS);
    journal.close();
    await lease.stop();
    host.close();
    await evidence.close();
    resources.close();
    await resources.memory?.close();
    rmSync(path, { force: true });
    await admin.close();
    redis.disconnect();
  });
}

/** What an operator reads of lane A: its state, and why it is off. */
function laneAOf({ laneA, outage }: PhrasesStatus): string {
  return outage === undefined ? laneA : `${laneA} (${outage.id}: ${outage.check})`;
}

function observe(calls: WorkerCalls, resources: Resources, capacity: () => Capacity): void {
  const sessions = gauge('vjj_worker_sessions', 'calls of this worker that have a place');
  const places = gauge('vjj_worker_capacity', 'calls this worker would have when full, by what holds now');
  const limited = gauge('vjj_worker_limited', 'this worker takes no more calls, by what limits it', ['by']);
  const guardedFrames = gauge(
    'vjj_audio_guarded_frames',
    'microphone frames kept back since start, by reason',
    ['reason'],
  );
  const warm = gauge(
    'vjj_provider_warm_connections',
    'connections to the voice service that wait for a caller',
  );
  setInterval(() => {
    warm.set(resources.warmConnections());
    sessions.set(calls.placed);
    const { total, limitedBy } = capacity();
    places.set(total);
    limited.reset();
    if (limitedBy !== undefined) limited.set({ by: limitedBy }, 1);
    for (const [reason, count] of Object.entries(guarded)) guardedFrames.set({ reason }, count);
  }, 1000).unref();
}
