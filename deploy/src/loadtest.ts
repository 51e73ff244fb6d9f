// `npm run loadtest -- capacity|open-mic|connect-storm|soak|status`: k6 against a cluster.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { ClusterStatus } from '@vjj/shared/control/cluster-status.ts';
import { endWithParent } from './end-with-parent.ts';
import { findK6 } from './k6.ts';
import { type MemorySample, memoryReport } from './memory-growth.ts';
import { inProject } from './project.ts';
import { redisPackage } from './redis-server.ts';
import { requirePrograms } from './system-package.ts';
import { startTestbed, type Testbed } from './testbed.ts';

const scripts = ['capacity', 'open-mic', 'connect-storm', 'soak', 'status'] as const;
const help = `npm run loadtest -- <${scripts.join('|')}> [--sessions 20] [--answer-ms 300] [--url ws://host:3000/ws]

  capacity       push-to-talk, three turns each
  open-mic       continuous audio
  connect-storm  all callers within a second
  soak           hours of calls that come and go (--for 2h), and whether the memory of the processes grows
  status         /status is polled beside load

  Without --url a cluster of this machine is started for it, 2 gateways and 2 workers, with the emulator. k6 is taken
  from the PATH (1.6 or newer), or built with Go, once. The scripts are in loadtest/k6.`;

const { positionals, values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    sessions: { type: 'string', default: '20' },
    'answer-ms': { type: 'string', default: '300' },
    url: { type: 'string' },
    for: { type: 'string', default: '2h' },
    help: { type: 'boolean' },
  },
});
const [script = ''] = positionals;
if (values.help || !scripts.includes(script as (typeof scripts)[number])) {
  console.log(help);
  process.exit(values.help ? 0 : 2);
}

/** How often the memory of the processes is noted in a soak. */
const memoryPeriodMs = 5000;

let bed: Testbed | undefined;
const end = async (code: number): Promise<never> => {
  await bed?.close();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(1));
endWithParent(() => void end(1));

if (values.url === undefined) await requirePrograms(redisPackage);
let k6 = '';
try {
  k6 = await findK6((line) => console.error(line));
} catch (error) {
  console.error((error as Error).message);
  await end(1);
}
const target = values.url ?? (await ownCluster());
const problem = await problemOf(target);
if (problem !== undefined) {
  console.error(`${target} takes no calls: ${problem}`);
  await end(1);
}
const memory: MemorySample[] = [];
let unread: string | undefined;
if (script === 'soak') {
  await noteMemory(target);
  // Told now, and not after hours.
  if (unread !== undefined) console.error(memoryReport(memory, unread));
  setInterval(() => void noteMemory(target), memoryPeriodMs).unref();
}
const child = spawn(k6, ['run', '--quiet', '--no-usage-report', inProject('loadtest/k6', `${script}.ts`)], {
  env: {
    ...process.env,
    URL: target,
    SESSIONS: values.sessions,
    ANSWER_MS: values['answer-ms'],
    SOAK: values.for,
    ...(bed !== undefined && { EMULATOR_URL: bed.emulatorUrl }),
  },
  stdio: 'inherit',
});
process.once('exit', () => child.kill());
child.on('exit', (code) => {
  if (script === 'soak') console.log(`\n${memoryReport(memory, unread)}`);
  void end(code ?? 1);
});

async function noteMemory(url: string): Promise<void> {
  try {
    memory.push(memoryOf(await statusAt(url)));
    unread = undefined;
  } catch (error) {
    unread = reasonOf(error as Error);
  }
}

async function statusAt(url: string): Promise<ClusterStatus> {
  const answer = await fetch(new URL('/status', url.replace(/^ws/, 'http')), {
    signal: AbortSignal.timeout(memoryPeriodMs),
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return (await answer.json()) as ClusterStatus;
}

function memoryOf({ gateways, workers, recorders }: ClusterStatus): MemorySample {
  const mib = (all: ClusterStatus['workers']) =>
    all.reduce((sum, { rssBytes }) => sum + rssBytes / 2 ** 20, 0);
  return {
    atMs: performance.now(),
    mib: { gateways: mib(gateways), workers: mib(workers), recorders: mib(recorders) },
  };
}

async function ownCluster(): Promise<string> {
  bed = await startTestbed({
    gateways: 2,
    workers: 2,
    recorders: 1,
    chroma: true,
    env: { LOG_LEVEL: 'warn' },
  });
  await fetch(`${bed.emulatorUrl}/emulator/script`, {
    method: 'PUT',
    body: JSON.stringify({ answers: [{ answerMs: Number(values['answer-ms']) }], firstAudioMs: 50 }),
  });
  return `${bed.wsUrl}/ws`;
}

/** Why nobody can call there; undefined: they can. */
async function problemOf(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL('/ready', url.replace(/^ws/, 'http')), {
      signal: AbortSignal.timeout(3000),
    });
    return answer.ok ? undefined : await answer.text();
  } catch (error) {
    return reasonOf(error as Error);
  }
}

function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
}
