// `npm run bench`: what a session costs, and how fast it is, beside a bare relay under the same load.
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { ProcessStatus } from '@vjj/shared/control/cluster-status.ts';
import { emulator as voiceEmulator } from './emulator.ts';
import { endWithParent } from './end-with-parent.ts';
import { freePort } from './free-port.ts';
import { machine } from './machine.ts';
import { type Member, member } from './member.ts';
import { inProject } from './project.ts';
import { redisPackage } from './redis-server.ts';
import { runForOutput } from './run-for-output.ts';
import { requirePrograms } from './system-package.ts';
import { shortTempFolder } from './temp-folder.ts';
import { startTestbed, type Testbed } from './testbed.ts';

const help = `npm run bench -- [--quick] [--sessions 20,50,100,200] [--rounds 3] [--json out.json] [--svg docs/bench]

  Starts an emulator, a bare relay, a cluster of 1 gateway + 1 worker and one of 2 + 2, with everything on, and puts the
  same load on each of them in turn. Prints the report (loadtest/bench/README.md says what its fields mean).

  --quick            within a minute: 200 sessions, both patterns, one round, relay and cluster-1x1
  --systems <list>   of relay, relay-twice (one relay behind another: what two processes cost that do nothing),
                     cluster-1x1, cluster-2x2, cluster-1x2, …: gateway and worker processes
  --patterns <list>  of seed, open-mic
  --clients <list>   of json, binary
  --seconds <n>      how long each run is measured
  --warm-up <n>      seconds under the same load before that, of each system; 0: none
  --answer-ms <n>    answers of the seed's pattern: 300, or 1000
  --idle <n>         sessions for the memory of idle ones
  --env NAME=VALUE   a variable of the clusters, to see what it is worth; may be repeated
  --beside NAME=VALUE  the same, of a second cluster beside each, so that one run shows both; may be repeated
  --stopped <list>   of recorder, chroma, redis: each cluster is also measured while these stand still
  --profile <folder> flame graphs and top costs of every process, of what was measured
  --svg <folder>     draws the curves`;

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    quick: { type: 'boolean', default: false },
    sessions: { type: 'string' },
    rounds: { type: 'string' },
    systems: { type: 'string' },
    patterns: { type: 'string', default: 'seed,open-mic' },
    clients: { type: 'string', default: 'json,binary' },
    seconds: { type: 'string' },
    'warm-up': { type: 'string' },
    'answer-ms': { type: 'string', default: '300' },
    idle: { type: 'string' },
    env: { type: 'string', multiple: true, default: [] },
    beside: { type: 'string', multiple: true, default: [] },
    stopped: { type: 'string' },
    profile: { type: 'string' },
    svg: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
/** As `loadtest/bench/bench-plan.ts` reads it. */
interface BenchSystem {
  name: string;
  url: string;
  dialects: readonly string[];
  pids: Record<string, readonly number[]>;
  metrics: Record<string, readonly string[]>;
  redisUrl: string | undefined;
  stopped: readonly number[];
}

const { quick } = values;
const sessions = numbers(values.sessions ?? (quick ? '200' : '20,50,100,200'));
const systemNames = (values.systems ?? (quick ? 'relay,cluster-1x1' : 'relay,cluster-1x1,cluster-2x2')).split(
  ',',
);
const profiles = values.profile === undefined ? undefined : resolve(values.profile);
// What cannot be written is told now, and not after an hour of load.
for (const folder of [profiles, values.svg]) if (folder !== undefined) mkdirSync(folder, { recursive: true });
if (values.json !== undefined) requireWritable(values.json);

await requirePrograms(redisPackage);

const folder = shortTempFolder();
const ending: (() => Promise<void>)[] = [];
const end = async () => {
  for (const one of ending.splice(0).reverse()) await one();
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void end().then(() => process.exit(1)));
endWithParent(() => void end().then(() => process.exit(1)));

try {
  const port = await freePort();
  const service = voiceEmulator({
    port,
    logFile: join(folder, 'emulator.log'),
    env: process.env,
    keepsClips: true,
  });
  await started(service);
  const emulatorUrl = `http://127.0.0.1:${port}`;
  const systems = (
    await Promise.all(
      systemNames.flatMap((name) => {
        if (name === 'relay') return [relays(name, 1, emulatorUrl)];
        if (name === 'relay-twice') return [relays(name, 2, emulatorUrl)];
        const one = cluster(name, emulatorUrl, []);
        return values.beside.length === 0 ? [one] : [one, cluster(name, emulatorUrl, values.beside)];
      }),
    )
  ).flat();
  const plan = {
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim(),
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    emulatorUrl,
    systems,
    patterns: values.patterns.split(','),
    sessions,
    seedAnswerMs: Number(values['answer-ms']),
    rounds: Number(values.rounds ?? (quick ? 1 : 3)),
    warmUpSeconds: Number(values['warm-up'] ?? (quick ? 0 : 8)),
    seconds: Number(values.seconds ?? (quick ? 3.5 : 10)),
    settleMs: quick ? 1500 : 3000,
    pauseMsPerSession: quick ? 0 : 10,
    idleSessions: Number(values.idle ?? (quick ? 200 : 500)),
    pictures: values.svg,
    profiles,
  };
  const planFile = join(folder, 'plan.json');
  writeFileSync(planFile, JSON.stringify(plan));
  const report = await runForOutput(process.execPath, [inProject('loadtest/bench/main.ts'), planFile]);
  process.stdout.write(report);
  if (values.json !== undefined) writeFileSync(values.json, report);
} finally {
  await end();
}
process.exit(0);

/** So many relays, each behind the one before. */
async function relays(name: string, count: number, emulatorUrl: string): Promise<BenchSystem[]> {
  let url = emulatorUrl.replace('http', 'ws');
  const pids: number[] = [];
  for (let number = 1; number <= count; number++) {
    const port = await freePort();
    const relay = member({
      name: `${name}-${number}`,
      command: process.execPath,
      args: [inProject('loadtest/bench/relay.ts'), ...['--provider', url, '--port', String(port), '--tied']],
      env: { ...process.env, ...measurable() },
      logFile: join(folder, `${name}-${number}.log`),
      isReady: async ({ lines }) => lines().some((line) => line.startsWith('{"listening":')),
    });
    await started(relay);
    pids.push(relay.pid!);
    url = `ws://127.0.0.1:${port}`;
  }
  const system = {
    name,
    url,
    dialects: ['relay'],
    pids: { relay: pids },
    metrics: {},
    redisUrl: undefined,
    stopped: [],
  };
  return [system];
}

/**
 * A cluster as it runs, and, with `--stopped`, the same once more.
 * @param name `cluster-<gateways>x<workers>`
 * @param beside variables in which it differs from the others, `NAME=VALUE`
 */
async function cluster(name: string, emulatorUrl: string, beside: readonly string[]): Promise<BenchSystem[]> {
  const [, gateways, workers] = /^cluster-(\d+)x(\d+)$/.exec(name) ?? [];
  if (gateways === undefined || workers === undefined)
    throw new Error(`there is no system «${name}»; see --help`);
  const bed = await startTestbed({
    gateways: Number(gateways),
    workers: Number(workers),
    recorders: 1,
    emulator: false,
    chroma: true,
    env: {
      OPENAI_BASE_URL: `${emulatorUrl}/v1`,
      OPENAI_API_KEY: 'emulator',
      // The cap protects a worker; here it is to be seen where it would be needed.
      MAX_SESSIONS_PER_WORKER: '5000',
      // What is measured is also what becomes of calls on a machine that is too small for them.
      MAX_LOOP_LAG_MS: '0',
      LOG_LEVEL: 'warn',
      ...measurable(),
      ...Object.fromEntries([...values.env, ...beside].map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
    },
  });
  ending.push(() => bed.close());
  const status = await bed.registry();
  const admin = (some: readonly ProcessStatus[]) => some.map((one) => `http://${one.admin}/metrics`);
  const system = {
    name: [name, ...beside].join(', '),
    url: bed.wsUrl,
    dialects: values.clients.split(','),
    pids: {
      gateway: pidsOf(bed.primaries.gateway, status.gateways),
      worker: pidsOf(bed.primaries.worker, status.workers),
      recorder: pidsOf(bed.recorder === undefined ? [] : [bed.recorder], status.recorders),
      redis: [bed.redis.pid!],
    },
    metrics: {
      gateway: [`${bed.url}/metrics`],
      worker: admin(status.workers),
      recorder: admin(status.recorders),
    },
    redisUrl: bed.redisUrl,
    stopped: [],
  };
  if (values.stopped === undefined) return [system];
  const stoppable: Record<string, readonly number[]> = {
    recorder: system.pids.recorder,
    redis: system.pids.redis,
    chroma: [bed.chroma?.pid ?? []].flat(),
  };
  const stopped = values.stopped.split(',').flatMap((what) => {
    const pids = stoppable[what];
    if (pids === undefined) throw new Error(`«${what}» cannot be stopped; see --help`);
    return pids;
  });
  return [
    system,
    { ...system, name: `${system.name}, ${values.stopped.replaceAll(',', ' and ')} stopped`, stopped },
  ];
}

/** Children first; a primary does little, but it is there. */
function pidsOf(primaries: Testbed['primaries']['worker'], children: readonly ProcessStatus[]): number[] {
  return [...children.map(({ pid }) => pid), ...primaries.map(({ pid }) => pid!)];
}

/** Lets the driver ask every process to collect its garbage, and for a profile of what is measured. */
function measurable(): Record<string, string> {
  const preload = (file: string) => `--import ${pathToFileURL(inProject('loadtest/bench', file)).href}`;
  const collecting = preload('collect-garbage.ts');
  if (profiles === undefined) return { NODE_OPTIONS: collecting };
  return { NODE_OPTIONS: `${collecting} ${preload('profile-window.ts')}`, PROFILE_DIR: profiles };
}

async function started(one: Member): Promise<void> {
  await one.start();
  ending.push(() => one.stop());
}

function requireWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    console.error(`the report cannot be written: ${(error as Error).message}`);
    process.exit(2);
  }
}

function numbers(list: string): number[] {
  const read = list.split(',').map(Number);
  if (read.some((value) => !Number.isInteger(value) || value < 1))
    throw new Error(`«${list}» is no list of numbers`);
  return read;
}
