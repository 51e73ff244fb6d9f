// `npm run chaos`: faults one after another amid live calls, and what each of them cost the callers.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BlackHole, blackHole } from './chaos/black-hole.ts';
import { faultKinds, strike } from './chaos/faults.ts';
import { type Idle, idleDescriptors, leftovers, unstoredEvents } from './chaos/leftovers.ts';
import { OwnershipWatch } from './chaos/ownership-watch.ts';
import { endWithParent } from './end-with-parent.ts';
import { machine } from './machine.ts';
import { nginxPackage } from './nginx-server.ts';
import { inProject } from './project.ts';
import { redisPackage } from './redis-server.ts';
import { runProgram } from './run-program.ts';
import { requirePrograms } from './system-package.ts';
import { shortTempFolder } from './temp-folder.ts';
import { startTestbed, type Testbed } from './testbed.ts';

const help = `npm run chaos -- [--seconds 600] [--calls 50] [--seed 7] [--faults worker-kill,…] [--json out.json]

  Starts a cluster, two primaries of each role, with live calls whose words are numbered, and does one harm after
  another to it, in an order that follows from the seed. Tells of each what it cost the callers, and at the end whether
  every promise was kept: only then it exits with 0 (loadtest/chaos/README.md says what is measured and promised).

  --seconds <n>    no new fault begins after that, once each has come; less than 60 makes turns and outages short
  --calls <n>      callers, all the time
  --seed <n>       of the order, the targets and the callers' pauses; a random one is printed
  --faults <list>  of ${faultKinds.join(', ')}
  --json <file>    the report
  --logs <folder>  keeps what the processes have written, and the events of the audit trail`;

/** Below that a run is short. */
const shortSeconds = 60;

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    seconds: { type: 'string', default: '600' },
    calls: { type: 'string', default: '50' },
    seed: { type: 'string' },
    faults: { type: 'string', default: faultKinds.join(',') },
    json: { type: 'string' },
    logs: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const seconds = number('seconds');
const calls = number('calls');
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e6) : number('seed');
const faults = values.faults.split(',');
const unknown = faults.filter((kind) => !faultKinds.includes(kind));
if (unknown.length > 0) refuse(`there is no fault «${unknown.join(', ')}»; see --help`);
const isShort = seconds < shortSeconds;
/** Children of each of the two primaries of a role: those of a short run start quickly. */
const children = { gateways: 1, workers: isShort ? 1 : 2 };
const recorders = isShort ? 1 : 2;
/** Primaries that a partition may part from Redis. */
const cutOff = faults.includes('partition') ? ['worker-2', 'gateway-2'] : [];

await requirePrograms(redisPackage, nginxPackage);
const folder = shortTempFolder();
const ending: (() => void | Promise<void>)[] = [];
const end = async (code: number): Promise<never> => {
  for (const one of ending.splice(0).reverse()) await one();
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(2));
endWithParent(() => void end(2));

const eventsFile = join(folder, 'events.json');
const env = {
  AUDIT_DIR: join(folder, 'audit'),
  AUDIT_SPILL_DIR: join(folder, 'spill'),
  LOCAL_KEY_DIR: join(folder, 'keys'),
  LOG_LEVEL: 'info',
  // Callers say numbers, which would be masked as those of telephones and cards.
  ENABLE_PII_REDACTION: 'false',
  // Callers wait for the end of an answer before they speak, and no longer.
  RESPONSE_COOLDOWN_MS: '300',
  ...(isShort && { DRAIN_TIMEOUT_MS: '5000' }),
};

try {
  const ways = new Map<string, BlackHole>();
  const bed = await startTestbed({
    gatewayPrimaries: 2,
    workerPrimaries: 2,
    ...children,
    recorders,
    chroma: true,
    nginx: true,
    env,
    async wayToRedis(primary, url) {
      // Only where it is to be cut: all that a primary says to Redis costs this process time that calls need.
      if (!cutOff.includes(primary)) return url;
      const way = await blackHole(url);
      ending.push(() => way.end());
      ways.set(primary, way);
      return way.url;
    },
  });
  ending.push(() => bed.close());
  await end(await run(bed, ways));
} catch (error) {
  console.error(error);
  await end(2);
}

/** @returns the exit code: 0 when every promise was kept, 1 when not */
async function run(bed: Testbed, ways: ReadonlyMap<string, BlackHole>): Promise<number> {
  const planFile = join(folder, 'plan.json');
  const plan = {
    command: `npm run chaos -- ${process.argv.slice(2).join(' ')}`.trim(),
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    seed,
    calls,
    seconds,
    faults,
    url: bed.wsUrl,
    emulatorUrl: bed.emulatorUrl,
    isShort,
  };
  writeFileSync(planFile, JSON.stringify(plan));
  const watch = new OwnershipWatch(bed.redisUrl, bed.clusterName);
  ending.push(() => watch.end());
  const processes = { workers: 2 * children.workers, gateways: 2 * children.gateways, recorders };
  let idle: Idle = { workers: 0, gateways: 0, recorders: 0 };

  const main = spawn(process.execPath, [inProject('loadtest/chaos/main.ts'), planFile], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  ending.push(() => void main.kill());
  main.on('message', (asked: Asked) => {
    answer(asked).then(
      (done) => main.send({ done }),
      (error: Error) => main.send({ failed: error.message }),
    );
  });
  const code = await new Promise<number>((resolve) => main.once('exit', (exit) => resolve(exit ?? 2)));
  if (values.logs !== undefined) {
    mkdirSync(values.logs, { recursive: true });
    writeFileSync(join(values.logs, 'chaos.log'), bed.logs());
    if (existsSync(eventsFile)) copyFileSync(eventsFile, join(values.logs, basename(eventsFile)));
  }
  return code;

  async function answer(asked: Asked): Promise<unknown> {
    switch (asked.type) {
      case 'calls-begin':
        idle = await idleDescriptors(bed);
        return true;
      case 'fault':
        return strike(asked.kind, asked.pick, { bed, processes, ways, isShort });
      case 'close-books': {
        const leaks = await leftovers(bed, idle);
        const unstored = await unstoredEvents(env.AUDIT_SPILL_DIR, env.AUDIT_DIR);
        watch.end();
        const findings = await verified();
        return {
          doubleOwners: watch.wrong,
          ownershipLooks: watch.looks,
          findings: [...findings, ...Array.from({ length: unstored }, () => 'an event that was not stored')],
          auditFile: await exported(),
          leaks,
        };
      }
      case 'report':
        if (values.json !== undefined)
          writeFileSync(values.json, `${JSON.stringify(asked.report, null, 2)}\n`);
        return true;
    }
  }
}

type Asked =
  | { type: 'calls-begin' }
  | { type: 'fault'; kind: string; pick: number }
  | { type: 'close-books' }
  | { type: 'report'; report: unknown };

/** What `npm run audit -- verify` finds. */
async function verified(): Promise<string[]> {
  const { code, output } = await audit('verify');
  if (code === 0) return [];
  const found = output.split('\n').filter((line) => line.includes('FOUND'));
  return found.length > 0 ? found : [output];
}

/** All events as `npm run audit -- export` gives them. */
async function exported(): Promise<string> {
  const { code, output } = await audit('export', '--without-words', '--out', eventsFile);
  if (code !== 0) throw new Error(`the audit trail cannot be exported: ${output}`);
  return eventsFile;
}

function audit(...args: string[]) {
  const program = inProject('worker/recorder/audit/command/audit-command.ts');
  return runProgram(process.execPath, [program, ...args], { env: { PATH: process.env.PATH, ...env } });
}

function number(name: 'seconds' | 'calls' | 'seed'): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 1) refuse(`--${name} must be a whole number above 0`);
  return value;
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}
