// One run of load: N callers of one dialect and pattern against one address. Prints one JSON object (`RunFigures`).
// A process of its own, so that what measures does nothing else.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { DelaysReport } from '../emulator/frame-delays.ts';
import { TimerWheel } from '../emulator/timer-wheel.ts';
import { BenchCaller, Seen } from './caller.ts';
import { dialects } from './dialect.ts';
import { microsBetween } from './metric-histogram.ts';
import { type Pattern, patterns } from './pattern.ts';
import { takeProcessFigures } from './process-metrics.ts';
import { cpuMs, difference, type PerKind, rssKb } from './process-usage.ts';
import type { RunFigures, RunPlan } from './run-plan.ts';
import { warmDriver } from './warm-driver.ts';

type Measured = Omit<RunFigures, keyof Told>;
/** What is told whether or not anything was measured. */
type Told = Pick<
  RunFigures,
  | 'ready'
  | 'turns'
  | 'answers'
  | 'connectMs'
  | 'ttfbResponseMs'
  | 'ttfbAudioMs'
  | 'bargeInMs'
  | 'connectLagP99Ms'
  | 'emulatorConnectLagP99Ms'
  | 'rssKb'
  | 'errors'
>;

const lagResolutionMs = 10;
const connectLimitMs = 45_000;
/** So long garbage is collected, and its memory given back; until that gives back no more than so much, but not for ever. */
const collectMs = 1000;
const stillKb = 1024;
const holdingSessions = ['gateway', 'worker', 'relay'] as const;
const mostCollections = 20;

const plan = JSON.parse(process.argv[2] ?? '{}') as RunPlan;
const pattern: Pattern = patterns[plan.pattern === 'idle' ? 'seed' : plan.pattern];
const wheel = new TimerWheel();
const seen = new Seen();
const lag = monitorEventLoopDelay({ resolution: lagResolutionMs });

if (plan.warmsUp) await warmDriver(dialects[plan.dialect]);
const rssBefore = await usedMemory();
await emulatorDelays();
lag.enable();
const callers = Array.from(
  { length: plan.sessions },
  (_, index) =>
    new BenchCaller({
      url: plan.url,
      dialect: dialects[plan.dialect],
      pattern,
      answerMs: plan.answerMs,
      wheel,
      seen,
      index,
    }),
);
const limit = setTimeout(() => seen.fail('not all were ready within 45 s'), connectLimitMs);
const ready = await Promise.race([
  Promise.all(callers.map((caller) => caller.ready)).then((all) => all.filter(Boolean).length),
  wait(connectLimitMs, 0, { ref: false }),
]);
clearTimeout(limit);
const connectLagMs = takeLag();
const { loopLagP99Ms: emulatorConnectLagP99Ms } = await emulatorDelays();

let figures: Measured | undefined;
if (plan.pattern !== 'idle') {
  for (const [index, caller] of callers.entries()) caller.talk(index / callers.length);
  await wait(plan.settleMs);
  figures = await measured();
}
const rssAfter = await usedMemory();
await Promise.all(callers.map((caller) => caller.finish()));
await Promise.all(callers.map((caller) => caller.end()));
wheel.close();
const result: RunFigures = {
  ...(figures ?? {
    seconds: 0,
    frameMs: [],
    cpuMs: {},
    driverCpuMs: 0,
    driverLagP99Ms: connectLagMs,
    emulatorLagP99Ms: 0,
    loopLagP99Ms: {},
    watermarks: { linkBytes: 0, auditJobs: 0, spillBytes: 0 },
    evidenceMicros: { event: undefined, write: undefined },
  }),
  ready,
  turns: seen.turns,
  answers: seen.answers,
  connectMs: seen.connectMs,
  ttfbResponseMs: seen.ttfbResponseMs,
  ttfbAudioMs: seen.ttfbAudioMs,
  bargeInMs: seen.bargeInMs,
  connectLagP99Ms: connectLagMs,
  emulatorConnectLagP99Ms,
  rssKb: difference(rssAfter, rssBefore),
  errors: Object.fromEntries(seen.errors),
};
process.stdout.write(JSON.stringify(result), () => process.exit(0));

async function measured(): Promise<Measured> {
  const [, before] = await Promise.all([emulatorDelays(), takeProcessFigures(plan.metrics)]);
  for (const pid of plan.stopped) process.kill(pid, 'SIGSTOP');
  for (const pid of plan.profiled) process.kill(pid, 'SIGUSR2');
  takeLag();
  seen.isOn = true;
  const from = performance.now();
  const cpuBefore = cpuMs(plan.pids);
  const ownBefore = process.cpuUsage();
  await wait(plan.seconds * 1000);
  const cpuAfter = cpuMs(plan.pids);
  const own = process.cpuUsage(ownBefore);
  const seconds = (performance.now() - from) / 1000;
  seen.isOn = false;
  const driverLagP99Ms = takeLag();
  for (const pid of plan.stopped) process.kill(pid, 'SIGCONT');
  for (const pid of plan.profiled) process.kill(pid, 'SIGUSR2');
  const [delays, { evidence, ...processes }] = await Promise.all([
    emulatorDelays(),
    takeProcessFigures(plan.metrics),
  ]);
  return {
    seconds,
    frameMs: delays.frameMs,
    cpuMs: difference(cpuAfter, cpuBefore),
    driverCpuMs: (own.user + own.system) / 1000,
    driverLagP99Ms,
    emulatorLagP99Ms: delays.loopLagP99Ms,
    ...processes,
    evidenceMicros: {
      event: microsBetween(before.evidence.event, evidence.event),
      write: microsBetween(before.evidence.write, evidence.write),
    },
  };
}

/** Of the processes that hold sessions, without garbage. Nothing but idle sessions is disturbed by that. */
async function usedMemory(): Promise<PerKind> {
  if (plan.pattern !== 'idle') return {};
  const pids = holdingSessions.flatMap((kind) => plan.pids[kind] ?? []);
  await wait(plan.seconds * 1000);
  let used = rssKb(plan.pids);
  for (let collection = 0; collection < mostCollections; collection++) {
    for (const pid of pids) process.kill(pid, 'SIGWINCH');
    await wait(collectMs);
    const before = used;
    used = rssKb(plan.pids);
    if (holdingSessions.every((kind) => Math.abs((before[kind] ?? 0) - (used[kind] ?? 0)) < stillKb)) break;
  }
  return used;
}

async function emulatorDelays(): Promise<DelaysReport> {
  const answer = await fetch(`${plan.emulatorUrl}/emulator/delays`, { method: 'POST' });
  return answer.json() as Promise<DelaysReport>;
}

/** How late this process was, p99 since the last call, ms. */
function takeLag(): number {
  const p99 = lag.count === 0 ? 0 : lag.percentile(99) / 1e6 - lagResolutionMs;
  lag.reset();
  return Math.max(0, Math.round(p99 * 10) / 10);
}
