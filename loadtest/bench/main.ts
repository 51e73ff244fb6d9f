// Measures the systems that `npm run bench` has started: main.ts <plan.json>. Prints the report as JSON; what goes on,
// on standard error.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchPlan, BenchReport, BenchSystem } from './bench-plan.ts';
import type { DialectName } from './dialect.ts';
import { drawPictures } from './draw.ts';
import { answerMsOf, type PatternName } from './pattern.ts';
import { writeProfiles } from './profiles.ts';
import { redisCounters } from './redis-counters.ts';
import {
  connectInvalidity,
  type IdleCost,
  idleCostOf,
  invalidity,
  type Round,
  type Row,
  rowOf,
} from './rows.ts';
import type { RunFigures, RunPlan } from './run-plan.ts';
import { percentiles } from './statistics.ts';
import { markdownTable } from './table.ts';

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BenchPlan;
const driver = fileURLToPath(new URL('driver.ts', import.meta.url));
const loadBefore = loadavg()[0] ?? 0;
/** The model's time before it speaks: fixed, so that what is above it is the system's. */
const firstAudioMs = 50;

const contenders = plan.systems.flatMap((system) => system.dialects.map((dialect) => ({ system, dialect })));
const idleCosts = new Map<string, IdleCost>();
const rows: Row[] = [];

await script(300);
// Something small first: code is loaded, so that what is left is what sessions cost.
await Promise.all(
  contenders.map((one) => warm(one.system, one.dialect, 20, Math.min(2, plan.warmUpSeconds))),
);
for (const system of plan.systems) await measureIdle(system);
for (const pattern of plan.patterns) {
  const answerMs = pattern === 'seed' ? plan.seedAnswerMs : answerMsOf[pattern];
  await script(answerMs);
  for (const sessions of plan.sessions) {
    if (plan.warmUpSeconds > 0)
      for (const one of contenders)
        await warm(one.system, one.dialect, sessions, plan.warmUpSeconds, pattern);
    rows.push(...(await measure(pattern, sessions, answerMs)));
  }
}
const report: BenchReport = {
  machine: plan.machine,
  date: plan.date,
  command: plan.command,
  load: { before: loadBefore, after: loadavg()[0] ?? 0 },
  rows,
};
if (plan.pictures !== undefined) drawPictures(plan.pictures, report);
if (plan.profiles !== undefined) writeProfiles(plan.profiles, plan.systems, report);
console.error(`\n${markdownTable(rows)}`);
console.log(JSON.stringify(report, null, 2));

/** All systems at one load, each round of them after the other, beginning with another one each time. */
async function measure(pattern: 'seed' | 'open-mic', sessions: number, answerMs: number): Promise<Row[]> {
  const rounds = contenders.map((): Round[] => []);
  for (let round = 0; round < plan.rounds; round++) {
    for (let k = 0; k < contenders.length; k++) {
      const at = (round + k) % contenders.length;
      const { system, dialect } = contenders[at]!;
      await wait(plan.pauseMsPerSession * sessions);
      rounds[at]!.push(await run(system, { pattern, dialect, sessions, answerMs }));
    }
  }
  const relayAt = contenders.findIndex(({ system }) => system.name === 'relay');
  return contenders.map(({ system, dialect }, at) => {
    const isRelay = at === relayAt;
    const key = { pattern, dialect, system: system.name, sessions, answerMs };
    return rowOf(key, rounds[at]!, isRelay ? undefined : rounds[relayAt], idleCosts.get(system.name));
  });
}

async function run(
  system: BenchSystem,
  load: { pattern: PatternName; dialect: DialectName; sessions: number; answerMs: number },
): Promise<Round> {
  const before = system.redisUrl === undefined ? undefined : await redisCounters(system.redisUrl);
  const profiled = plan.profiles === undefined ? [] : profiledOf(system);
  const figures = await drive({
    ...common(system),
    ...load,
    profiled,
    stopped: system.stopped,
    warmsUp: true,
  });
  const after = system.redisUrl === undefined ? undefined : await redisCounters(system.redisUrl);
  const each = (a: number, b: number) => (b - a) / load.sessions;
  tell(system, load, figures);
  return {
    figures,
    redisPerSession: before &&
      after && {
        commands: each(before.commands, after.commands),
        bytesIn: each(before.bytesIn, after.bytesIn),
        bytesOut: each(before.bytesOut, after.bytesOut),
      },
  };
}

/** Memory of sessions that only wait: later, processes would have room left from sessions before. */
async function measureIdle(system: BenchSystem): Promise<void> {
  if (plan.idleSessions === 0) return;
  const figures = await drive({
    ...common(system),
    pattern: 'idle',
    dialect: system.dialects[0]!,
    sessions: plan.idleSessions,
    answerMs: 300,
    seconds: 1,
  });
  const cost = idleCostOf(figures, plan.idleSessions);
  idleCosts.set(system.name, cost);
  for (const [what, count] of Object.entries(cost.errors))
    console.error(`memory of idle sessions, ${system.name}: ${count} × ${what}`);
}

async function warm(
  system: BenchSystem,
  dialect: DialectName,
  sessions: number,
  seconds: number,
  pattern: PatternName = 'seed',
): Promise<void> {
  await drive({
    ...common(system),
    pattern,
    dialect,
    sessions,
    answerMs: pattern === 'seed' ? plan.seedAnswerMs : answerMsOf[pattern],
    settleMs: 0,
    seconds,
  });
}

function common(system: BenchSystem): Omit<RunPlan, 'pattern' | 'dialect' | 'sessions' | 'answerMs'> {
  const { url, pids, metrics } = system;
  const { emulatorUrl, seconds, settleMs } = plan;
  return { url, pids, metrics, emulatorUrl, seconds, settleMs, profiled: [], stopped: [], warmsUp: false };
}

function profiledOf({ pids }: BenchSystem): number[] {
  return [pids.gateway, pids.worker, pids.recorder, pids.relay].flatMap((some) => some ?? []);
}

/** @throws when the driver ends with anything but figures */
async function drive(runPlan: RunPlan): Promise<RunFigures> {
  const child = spawn(process.execPath, [driver, JSON.stringify(runPlan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0 || output === '')
    throw new Error(`the load driver ended with ${code}; is ${runPlan.url} up?`);
  return JSON.parse(output) as RunFigures;
}

async function script(answerMs: number): Promise<void> {
  const answer = await fetch(`${plan.emulatorUrl}/emulator/script`, {
    method: 'PUT',
    body: JSON.stringify({ answers: [{ answerMs }], firstAudioMs }),
  });
  if (!answer.ok) throw new Error(`the emulator answers ${answer.status}: ${await answer.text()}`);
}

function tell(
  { name }: BenchSystem,
  load: { pattern: PatternName; dialect: DialectName; sessions: number },
  figures: RunFigures,
): void {
  const p95 = (values: readonly number[]) => percentiles(values)?.p95 ?? '–';
  const problem = invalidity(figures, load.sessions);
  const connectProblem = connectInvalidity(figures);
  const connect =
    connectProblem === undefined
      ? `connect p95 ${p95(figures.connectMs)} ms`
      : `no time to connect: ${connectProblem}`;
  const errors = Object.entries(figures.errors)
    .map(([kind, count]) => `; ${count} × ${kind}`)
    .join('');
  console.error(
    `${load.pattern} ${load.sessions} ${name} ${load.dialect}: ${connect}, TTFB p95 ${p95(figures.ttfbResponseMs)} ms${errors}${problem === undefined ? '' : `  INVALID: ${problem}`}`,
  );
}
