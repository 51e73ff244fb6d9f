import { monotonicMs } from '@vjj/shared/clock.ts';
import {
  type ClusterStatus,
  type ProcessStatus,
  readClusterStatus,
} from '@vjj/shared/control/cluster-status.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { mergedLatency } from '@vjj/shared/process/latency-window.ts';
import type { Redis } from 'ioredis';

/**
 * The cluster as its processes last spoke of themselves. However many ask at once, the registry is asked once; whoever
 * only looks on is told what was read a moment ago, so that dashboards cost callers nothing.
 */
export class ClusterView {
  readonly #redis: Redis;
  readonly #keys: Keys;
  #reading: Promise<ClusterStatus> | undefined;
  #last: { status: ClusterStatus; atMs: number } | undefined;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * @param maxAgeMs how old what is told may be
   * @throws while the registry is away
   */
  async read(maxAgeMs = 0): Promise<ClusterStatus> {
    if (this.#last !== undefined && monotonicMs() - this.#last.atMs < maxAgeMs) return this.#last.status;
    this.#reading ??= readClusterStatus(this.#redis, this.#keys).finally(() => {
      this.#reading = undefined;
    });
    const status = await this.#reading;
    this.#last = { status, atMs: monotonicMs() };
    return status;
  }
}

/** `/status` of the whole cluster. */
export function statusOf({ workers, gateways, recorders, waiting }: ClusterStatus) {
  const up = workers.filter(({ state }) => state === 'up');
  const alive = workers.filter(({ state }) => state !== 'lost');
  const isWhole =
    [...workers, ...gateways].every(({ state }) => state === 'up') &&
    recorders.some(({ state, audit }) => state === 'up' && !audit.startsWith('failing'));
  return {
    status: up.length === 0 ? 'down' : isWhole ? 'ok' : 'degraded',
    sessions: alive.reduce((sum, { sessions }) => sum + sessions, 0),
    capacity: up.reduce((sum, { capacity }) => sum + capacity, 0),
    /** Calls that wait for a place. */
    waiting,
    features: parsed(up[0]?.features),
    /** What is worst of each: reflexes, the voice service, and the record of what the policy decides. */
    lanes: {
      A: worst(alive.map(({ laneA }) => laneA)),
      B: worst(alive.map(({ provider }) => provider)),
      C: worst(alive.map(({ evidence }) => evidence)),
    },
    /** Over the last five minutes of all workers. */
    latency: {
      connect: mergedLatency(alive.map(({ connect }) => connect)),
      ttfbResponse: mergedLatency(alive.map(({ ttfbResponse }) => ttfbResponse)),
      ttfbAudio: mergedLatency(alive.map(({ ttfbAudio }) => ttfbAudio)),
    },
    gateways: gateways.map(gatewayOf),
    workers: workers.map(workerOf),
    recorders: recorders.map((recorder) => ({ ...common(recorder), audit: recorder.audit })),
    queues: parsed(recorders.find(({ state, queues }) => state !== 'lost' && queues !== '')?.queues),
  };
}

function common({
  id,
  state,
  version,
  host,
  pid,
  startedAt,
  loopLagP95Ms,
  rssBytes,
  leaseMs,
  admin,
}: ProcessStatus) {
  return { id, state, version, host, pid, startedAt, loopLagP95Ms, rssBytes, leaseMs, admin };
}

function gatewayOf(gateway: ProcessStatus) {
  const { sessions, links } = gateway;
  return { ...common(gateway), sessions, links };
}

/** Without what strangers need not know: where the links of the cluster are. */
function workerOf(worker: ProcessStatus) {
  const { sessions, capacity, limitedBy, waiting, links, provider } = worker;
  const { laneA, knowledge, warmConnections, evidence } = worker;
  return {
    ...common(worker),
    sessions,
    capacity,
    /** Why it takes no more calls; undefined while it takes some. */
    limitedBy: limitedBy === '' ? undefined : limitedBy,
    waiting,
    links,
    provider,
    laneA,
    knowledge,
    warmConnections,
    evidence,
  };
}

/** What workers say of a thing that is as it should be. */
const well: ReadonlySet<string> = new Set(['ok', 'on', 'disabled']);

function worst(said: readonly string[]): string | undefined {
  return said.find((one) => !well.has(one)) ?? said[0];
}

function parsed(json: string | undefined): unknown {
  return json === undefined || json === '' ? undefined : JSON.parse(json);
}
