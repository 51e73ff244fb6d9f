// `npm start`: the whole runtime on this machine, from a fresh clone to a page to click on.
import { existsSync, rmSync } from 'node:fs';
import { ConfigError } from '@vjj/shared/config.ts';
import { redisHosts } from '@vjj/shared/control/redis-address.ts';
import { type DataFolder, dataFolder, environmentOf } from './data-folder.ts';
import { endWithParent } from './end-with-parent.ts';
import { keepRunning } from './keep-running.ts';
import { type LocalCluster, localCluster } from './local-cluster.ts';
import { shareEnvironment } from './operator-program.ts';
import { ensurePage } from './page.ts';
import { noProgress, type Progress, progress } from './progress.ts';
import { inProject } from './project.ts';
import { redisPackage, redisProblem } from './redis-server.ts';
import { StartFailure } from './start-failure.ts';
import { parseStartOptions, type StartOptions, startHelp } from './start-options.ts';
import { startReport, startScreen } from './start-screen.ts';
import { PortTaken, type StartSettings, startSettings } from './start-settings.ts';
import { MissingProgram, requireProgram } from './system-package.ts';
import { shortTempFolder } from './temp-folder.ts';

/** One Ctrl-C may arrive twice, from the terminal and from npm; a person is slower than this. */
const sameSignalMs = 300;

/** A problem the user can do something about; the message says what. */
class CannotStart extends Error {}

/** What a newcomer who speaks is taken to have asked, where nobody understands speech: the default agent knows of it. */
const firstQuestions = [
  'What is voice-jib-jab?',
  'What happens when a worker is killed?',
  'Can I interrupt you?',
  'How do I use the real voice service?',
  'Thank you, that is all.',
];

const ending = new AbortController();
let isRunning = false;
let cluster: LocalCluster | undefined;
let endedAt = 0;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
endWithParent(end);

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) console.log(startHelp);
  else await start(options);
} catch (error) {
  console.error(`\n${advice(error)}\n`);
  await cluster?.stop();
  process.exit(1);
}

async function start(options: StartOptions): Promise<void> {
  if (existsSync(inProject('.env'))) process.loadEnvFile(inProject('.env'));
  const settings = await startSettings(process.env, options.port);
  const show = options.json ? noProgress : progress(process.stdout);
  const data = dataFolder(options.data, settings.port, console.error);
  const linkFolder = shortTempFolder();
  process.on('exit', () => {
    data.release();
    rmSync(linkFolder, { recursive: true, force: true });
  });

  cluster = await startCluster(settings, data, linkFolder, show);
  process.on('exit', shareEnvironment(data.root, cluster.env));
  const text = options.json ? startReport : startScreen;
  console.log(text(settings, cluster, data.logs));
  const say = (line: string) => console.error(`${new Date().toLocaleTimeString()}  ${line}`);
  for (const member of cluster.members) void keepRunning(member, say, ending.signal);
  isRunning = true;
}

async function startCluster(
  settings: StartSettings,
  data: DataFolder,
  linkFolder: string,
  { step }: Progress,
): Promise<LocalCluster> {
  const { config, env, redisUrl } = settings;
  if (redisUrl === undefined) await step('find Redis', (say) => requireProgram(redisPackage, say));
  else await step('reach your Redis', () => requireRedis(redisUrl));

  const processes = await localCluster({
    logFolder: data.logs,
    redisFolder: data.redis,
    redisUrl,
    chromaFolder: settings.chroma ? data.chroma : undefined,
    emulator: settings.emulator,
    heard: firstQuestions,
    env: {
      LINK_DIR: linkFolder,
      ...environmentOf(data),
      ...env,
    },
    host: config.HOST,
    clusterName: config.CLUSTER_NAME,
    gatewayPorts: [settings.port],
    gatewayProcesses: config.GATEWAY_PROCESSES,
    workerPrimaries: 1,
    workerProcesses: config.WORKER_PROCESSES,
    recorderProcesses: config.RECORDER_PROCESSES,
    drainTimeoutMs: config.DRAIN_TIMEOUT_MS,
  });
  cluster = processes;
  await Promise.all([
    step('build the page', ensurePage),
    redisUrl === undefined && step('start Redis', () => processes.startRedis()),
    settings.chroma && step('start Chroma', () => processes.startChroma()),
  ]);
  // A gateway looks for the page once, when it starts.
  const { WORKER_PROCESSES, GATEWAY_PROCESSES } = config;
  const more = settings.emulator ? ', the simulated voice service' : '';
  const rest = `start ${WORKER_PROCESSES} workers, ${GATEWAY_PROCESSES} gateways, the recorder${more}`;
  await step(rest, () => processes.startRest());
  return processes;
}

async function requireRedis(url: string): Promise<void> {
  const problem = await redisProblem(url);
  if (problem === undefined) return;
  throw new CannotStart(
    `REDIS_URL names a Redis at ${redisHosts(url)} that does not answer: ${problem}\nStart that one, or unset REDIS_URL: then one is started here.`,
  );
}

/** The first call ends everything in order; one after that, or before everything runs, ends it at once. */
function end(): void {
  const now = performance.now();
  if (!ending.signal.aborted && isRunning) {
    endedAt = now;
    ending.abort();
    console.error('\nending …');
    void cluster?.stop().then(() => process.exit(0));
  } else if (now - endedAt > sameSignalMs) {
    // What runs is tied to this process and goes with it.
    process.exit(130);
  }
}

function advice(error: unknown): string {
  if (error instanceof StartFailure) {
    return `${error.message}\n\n  The whole log: ${error.logFile}\n  If it says nothing useful: set LOG_LEVEL=debug, or start with an empty folder, which leaves all that is kept as it is:
    npm start -- --data <another folder>`;
  }
  if (error instanceof ConfigError) return `${error.message}\n\n  See .env.example for what each is for.`;
  const isForTheUser =
    error instanceof CannotStart || error instanceof PortTaken || error instanceof MissingProgram;
  if (isForTheUser || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) {
    return (error as Error).message;
  }
  return (error as Error).stack ?? String(error);
}
