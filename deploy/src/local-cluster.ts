import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterStatus } from '@vjj/shared/control/cluster-status.ts';
import type { Role } from '@vjj/shared/control/process-record.ts';
import { chromaServer } from './chroma-server.ts';
import { clusterRegistry } from './cluster-registry.ts';
import { emulator as voiceEmulator } from './emulator.ts';
import { freePort } from './free-port.ts';
import type { Member } from './member.ts';
import { nginxServer } from './nginx-server.ts';
import { redisServer } from './redis-server.ts';
import { rolePrimary } from './role-primary.ts';
import { waitFor } from './wait-for.ts';

export interface ClusterPlan {
  logFolder: string;
  /** Folder of the data of a Redis of our own. */
  redisFolder: string;
  /** A Redis that runs already; undefined: one of our own is started. */
  redisUrl: string | undefined;
  /** Folder of the data of a Chroma of our own; undefined: none is started, and `env` says where there is one. */
  chromaFolder: string | undefined;
  /** Whether the stand-in for the voice service is started; otherwise `env` says where the service is. */
  emulator: boolean;
  /** What callers are understood to say to it by microphone, in turn; absent: its own lines. */
  heard?: readonly string[];
  /** What it speaks is kept for the next one. */
  keepsClips?: boolean;
  /** The environment of gateways and workers, but for the addresses that are chosen here. */
  env: NodeJS.ProcessEnv;
  /** Address the gateways listen on. */
  host: string;
  clusterName: string;
  /** One gateway primary for each, listening there. */
  gatewayPorts: readonly number[];
  gatewayProcesses: number;
  /** Folder of an nginx before the gateways; undefined: callers reach them directly. */
  nginxFolder?: string | undefined;
  workerPrimaries: number;
  /** Children of the one recorder primary; 0: there is none. */
  recorderProcesses: number;
  workerProcesses: number;
  /** How long gateways and workers wait for their calls when they are to end. */
  drainTimeoutMs: number;
  /** Gives a primary another way to Redis: the address it is told instead of the real one. */
  wayToRedis?: ((primary: string, redisUrl: string) => Promise<string>) | undefined;
}

export interface LocalCluster {
  /** Of gateways, workers and the recorder. */
  readonly env: NodeJS.ProcessEnv;
  readonly redisUrl: string;
  readonly redis: Member | undefined;
  readonly chromaUrl: string | undefined;
  readonly chroma: Member | undefined;
  readonly emulatorUrl: string | undefined;
  readonly emulator: Member | undefined;
  readonly workers: readonly Member[];
  readonly recorder: Member | undefined;
  readonly gateways: readonly Member[];
  readonly nginxUrl: string | undefined;
  readonly nginx: Member | undefined;
  /** All of them, in the order in which they start. */
  readonly members: readonly Member[];
  /** @throws {StartFailure}; what had started by then still runs and is to be stopped. */
  startRedis(): Promise<void>;
  /** @throws {StartFailure} */
  startChroma(): Promise<void>;
  /** Needs Redis. Resolves when calls are taken. @throws {StartFailure} */
  startRest(): Promise<void>;
  status(): Promise<ClusterStatus>;
  /** Ends everything, callers' side first. */
  stop(): Promise<void>;
  /** Ends what is left at once; for somebody who does not want to wait for `stop`. */
  kill(): void;
}

/** How a gateway is reached from this machine, whatever address it listens on. */
export function gatewayUrl(port: number, host = '127.0.0.1'): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A primary kills children that do not end in time, and needs a moment for that. */
const primaryEndsMs = 7000;
const readyLimitMs = 10_000;

/** The processes of a cluster on this machine. Nothing runs yet. */
export async function localCluster(plan: ClusterPlan): Promise<LocalCluster> {
  mkdirSync(plan.logFolder, { recursive: true });
  const logFile = (name: string) => join(plan.logFolder, `${name}.log`);

  // Ports are chosen here, so that a process that is started again is found where it was.
  const redisPort = plan.redisUrl === undefined ? await freePort() : undefined;
  const chromaPort = plan.chromaFolder === undefined ? undefined : await freePort();
  const emulatorPort = plan.emulator ? await freePort() : undefined;

  const redis =
    redisPort === undefined
      ? undefined
      : redisServer({ folder: plan.redisFolder, logFile: logFile('redis'), port: redisPort });
  const redisUrl = plan.redisUrl ?? `redis://127.0.0.1:${redisPort}`;
  const chroma =
    plan.chromaFolder === undefined || chromaPort === undefined
      ? undefined
      : chromaServer({ folder: plan.chromaFolder, logFile: logFile('chroma'), port: chromaPort });
  const chromaUrl = chromaPort === undefined ? undefined : `http://127.0.0.1:${chromaPort}`;
  const emulator =
    emulatorPort === undefined
      ? undefined
      : voiceEmulator({
          port: emulatorPort,
          logFile: logFile('emulator'),
          env: plan.env,
          heard: plan.heard ?? [],
          keepsClips: plan.keepsClips ?? false,
        });
  const emulatorUrl = emulatorPort === undefined ? undefined : `http://127.0.0.1:${emulatorPort}`;

  const env = {
    ...plan.env,
    HOST: plan.host,
    CLUSTER_NAME: plan.clusterName,
    DRAIN_TIMEOUT_MS: String(plan.drainTimeoutMs),
    REDIS_URL: redisUrl,
    ...(chromaUrl !== undefined && { CHROMA_URL: chromaUrl }),
    GATEWAY_PROCESSES: String(plan.gatewayProcesses),
    WORKER_PROCESSES: String(plan.workerProcesses),
    RECORDER_PROCESSES: String(Math.max(1, plan.recorderProcesses)),
    ...(emulatorUrl !== undefined && {
      OPENAI_BASE_URL: `${emulatorUrl}/v1`,
      OPENAI_API_KEY: 'emulator',
      // Lines it has spoken are not to be taken for those of another service of this machine, kept under its model.
      OPENAI_TTS_MODEL: 'emulator',
    }),
  };
  const registry = clusterRegistry(redisUrl, plan.clusterName);
  const primaries = (role: Role, processes: number, environments: NodeJS.ProcessEnv[]) =>
    Promise.all(
      environments.map(async (own, index) => {
        const name = environments.length === 1 ? role : `${role}-${index + 1}`;
        const way = (await plan.wayToRedis?.(name, redisUrl)) ?? redisUrl;
        return rolePrimary({
          role,
          name,
          env: { ...env, REDIS_URL: way, ...own },
          logFile: logFile(name),
          registry,
          processes,
          stopLimitMs: plan.drainTimeoutMs + primaryEndsMs,
        });
      }),
    );
  const workers = await primaries('worker', plan.workerProcesses, Array(plan.workerPrimaries).fill({}));
  const gateways = await primaries(
    'gateway',
    plan.gatewayProcesses,
    plan.gatewayPorts.map((port) => ({ PORT: String(port) })),
  );
  const nginxPort = plan.nginxFolder === undefined ? undefined : await freePort();
  const nginx =
    plan.nginxFolder === undefined || nginxPort === undefined
      ? undefined
      : nginxServer({
          folder: plan.nginxFolder,
          logFile: logFile('nginx'),
          port: nginxPort,
          gatewayPorts: plan.gatewayPorts,
        });
  const [recorder] =
    plan.recorderProcesses === 0 ? [] : await primaries('recorder', plan.recorderProcesses, [{}]);
  const members = [redis, chroma, emulator, recorder, ...workers, ...gateways, nginx].filter(
    (one) => one !== undefined,
  );

  return {
    env,
    redisUrl,
    redis,
    chromaUrl,
    chroma,
    emulatorUrl,
    emulator,
    workers,
    recorder,
    gateways,
    nginxUrl: nginxPort === undefined ? undefined : gatewayUrl(nginxPort),
    nginx,
    members,
    status: registry.read,
    startRedis: async () => redis?.start(),
    startChroma: async () => chroma?.start(),
    async startRest() {
      await startAll(members.filter((member) => member !== redis && member !== chroma));
      await Promise.all(plan.gatewayPorts.map((port) => takesCalls(gatewayUrl(port, plan.host))));
      await waitFor('all workers', allWorkersUp, { limitMs: readyLimitMs });
    },
    async stop() {
      registry.close();
      await nginx?.stop();
      await stopAll(gateways);
      await stopAll(workers);
      // Last of ours: what the workers handed over on their way out is still to be stored.
      await recorder?.stop();
      await emulator?.stop();
      await chroma?.stop();
      await redis?.stop();
    },
    kill() {
      for (const member of members) member.kill('SIGKILL');
    },
  };

  async function allWorkersUp(): Promise<true | undefined> {
    const { workers: known } = await registry.read();
    const up = known.filter(({ state }) => state === 'up').length;
    return up >= plan.workerPrimaries * plan.workerProcesses || undefined;
  }
}

function takesCalls(url: string): Promise<boolean> {
  return waitFor(
    `a gateway at ${url} that takes calls`,
    async () => {
      const answer = await fetch(`${url}/ready`);
      if (answer.ok) return true;
      throw new Error(await answer.text());
    },
    { limitMs: readyLimitMs },
  );
}

/** Waits for all, so that none is still starting when the first failure is told. */
async function startAll(members: readonly Member[]): Promise<void> {
  const starts = await Promise.allSettled(members.map((member) => member.start()));
  for (const start of starts) if (start.status === 'rejected') throw start.reason;
}

async function stopAll(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map((member) => member.stop()));
}
