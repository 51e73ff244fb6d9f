import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterStatus } from '@vjj/shared/control/cluster-status.ts';
import { variableDocs } from '@vjj/shared/variable-docs.ts';
import { freePort } from './free-port.ts';
import { type ClusterPlan, gatewayUrl, localCluster } from './local-cluster.ts';
import type { Member } from './member.ts';
import { inProject } from './project.ts';
import { newSecret } from './secret.ts';
import { shortTempFolder } from './temp-folder.ts';

export interface TestbedOptions {
  /** Children of each gateway primary. */
  gateways?: number;
  /** Children of each worker primary. */
  workers?: number;
  gatewayPrimaries?: number;
  workerPrimaries?: number;
  /** Callers reach the gateways through it, whichever of them lives. */
  nginx?: boolean;
  /** Recorder processes; none unless a test asks for them. */
  recorders?: number;
  /** Without it `env` must say where the voice service is. */
  emulator?: boolean;
  /** Runs a Chroma, which takes a second to start. */
  chroma?: boolean;
  /** A Redis that the test runs itself; otherwise the testbed has one of its own. */
  redisUrl?: string;
  /** Variables of gateways and workers; nothing of the test's own environment reaches them. */
  env?: Record<string, string>;
  wayToRedis?: ClusterPlan['wayToRedis'];
}

/** A whole cluster for one test: real processes, ports and folders of its own. */
export interface Testbed extends AsyncDisposable {
  /** Of the first gateway primary. */
  readonly url: string;
  /** Of the same, or of nginx where there is one. */
  readonly wsUrl: string;
  /** One for each gateway primary. */
  readonly urls: readonly string[];
  readonly redisUrl: string;
  /** Where Redis keeps what survives its end. */
  readonly redisFolder: string;
  readonly clusterName: string;
  /** Empty without an emulator. */
  readonly emulatorUrl: string;
  /** The processes, each of which can be killed, stopped and started again. */
  readonly redis: Member;
  readonly chroma: Member | undefined;
  /** Empty without Chroma. */
  readonly chromaUrl: string;
  readonly emulator: Member | undefined;
  readonly nginx: Member | undefined;
  readonly recorder: Member | undefined;
  readonly primaries: { readonly worker: readonly Member[]; readonly gateway: readonly Member[] };
  /** Everything the processes have written, for when a test fails. */
  logs(): string;
  /** `GET /status` of a gateway; `registry` instead reads Redis, for when no gateway answers. */
  status(url?: string): Promise<ClusterStatus>;
  registry(): Promise<ClusterStatus>;
  close(): Promise<void>;
}

/**
 * Starts a cluster and waits until it takes calls. It ends with `close`, or with the process that started it,
 * whatever ends that.
 * @throws {StartFailure}
 */
export async function startTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const { gateways = 1, workers = 2, gatewayPrimaries = 1, workerPrimaries = 1 } = options;
  const folder = shortTempFolder();
  const linkFolder = join(folder, 'link');
  mkdirSync(linkFolder, { mode: 0o700 });
  const logFolder = join(folder, 'logs');
  const redisFolder = join(folder, 'redis');
  const clusterName = 'test';
  const gatewayPorts = await Promise.all(Array.from({ length: gatewayPrimaries }, freePort));
  const cluster = await localCluster({
    logFolder,
    redisFolder,
    redisUrl: options.redisUrl,
    chromaFolder: options.chroma ? join(folder, 'chroma') : undefined,
    emulator: options.emulator ?? true,
    keepsClips: true,
    env: {
      ...environmentWithoutOurs(),
      LINK_DIR: linkFolder,
      LINK_SECRET: newSecret(),
      AUDIT_SPILL_DIR: join(folder, 'spill'),
      RECORDING_DIR: join(folder, 'recordings'),
      LOCAL_KEY_DIR: join(folder, 'keys'),
      AUDIT_DIR: join(folder, 'audit'),
      KNOWLEDGE_CACHE_DIR: join(folder, 'knowledge'),
      // Shared by all testbeds: speaking the lines takes ten seconds. `npm start` must not find them.
      VOICE_CACHE_DIR: inProject('.data/test-voice'),
      // Nowhere: a test must not reach the real service by mistake.
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
      OPENAI_API_KEY: 'none',
      // Nor must a busy machine turn its calls away.
      MAX_LOOP_LAG_MS: '0',
      ...options.env,
    },
    host: '127.0.0.1',
    clusterName,
    gatewayPorts,
    gatewayProcesses: gateways,
    nginxFolder: options.nginx ? join(folder, 'nginx') : undefined,
    workerPrimaries,
    workerProcesses: workers,
    recorderProcesses: options.recorders ?? 0,
    drainTimeoutMs: Number(options.env?.DRAIN_TIMEOUT_MS ?? 30_000),
    wayToRedis: options.wayToRedis,
  });
  const close = async () => {
    // The test is over, nobody waits for a drain; a test of one stops a primary itself.
    cluster.kill();
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([cluster.startRedis(), cluster.startChroma()]);
    await cluster.startRest();
  } catch (error) {
    await close();
    throw error;
  }
  const urls = gatewayPorts.map((port) => gatewayUrl(port));
  const url = urls[0]!;
  return {
    url,
    wsUrl: (cluster.nginxUrl ?? url).replace('http', 'ws'),
    urls,
    redisUrl: cluster.redisUrl,
    redisFolder,
    clusterName,
    emulatorUrl: cluster.emulatorUrl ?? '',
    get redis() {
      if (cluster.redis === undefined) throw new Error('the test runs the Redis of this testbed');
      return cluster.redis;
    },
    chroma: cluster.chroma,
    chromaUrl: cluster.chromaUrl ?? '',
    emulator: cluster.emulator,
    nginx: cluster.nginx,
    recorder: cluster.recorder,
    primaries: { worker: cluster.workers, gateway: cluster.gateways },
    logs: () => readAll(logFolder),
    status: async (from = url) => (await fetch(`${from}/status`)).json() as Promise<ClusterStatus>,
    registry: cluster.status,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function environmentWithoutOurs(): NodeJS.ProcessEnv {
  const ours = new Set<string>(variableDocs().map(({ name }) => name));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.has(name)));
}

function readAll(folder: string): string {
  return readdirSync(folder)
    .map((name) => `--- ${name}\n${readFileSync(join(folder, name), 'utf8')}`)
    .join('\n');
}
