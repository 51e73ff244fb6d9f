// Calls, asks for one fault after another, and tells what each did to the callers: main.ts <plan.json>. Started by
// `npm run chaos`, which does what is asked over the channel between the two.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type {
  Books,
  ChaosPlan,
  DriverPlan,
  FaultDone,
  FromDriver,
  ToDeploy,
  ToDriver,
} from './chaos-plan.ts';
import { faultOrder } from './fault-order.ts';
import { addFigures, type Figures, noFigures } from './figures.ts';
import { scriptOf } from './manner.ts';
import { brokenPromises } from './promises.ts';
import { seeded } from './random.ts';
import { type ChaosReport, effectOf, type FaultReport } from './report.ts';
import {
  doubledEvents,
  exportedEvents,
  missingEvents,
  overlappingOwners,
  type Seen,
} from './seen-and-stored.ts';
import { markdownTable } from './table.ts';

// Whoever started this is gone, and with it the cluster.
process.on('disconnect', () => process.exit(2));

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ChaosPlan;
/** Callers one driver process carries easily. */
const callsPerDriver = 100;
/** A turn that was touched by a fault is settled, or given up, by then. */
const settleLimitMs = 60_000;
/** Between faults nothing happens for so long at least, and at most twice. */
const quietMs = plan.isShort ? 200 : 2000;

const random = seeded(plan.seed);
const loadBefore = loadavg()[0] ?? 0;
const startedAt = performance.now();

await setScript();
await ask<true>({ type: 'calls-begin' });
const drivers = await Promise.all(driverPlans().map(startDriver));
say(`${plan.calls} calls are live, seed ${plan.seed}`);
await settle();
const calm = effectOf(await live(), await settle());
say(`without a fault: ${calm.turns} turns, ${calm.wordsSpoken} words, ${calm.wordsLost} lost`);

const faults: FaultReport[] = [];
const firstAt = performance.now();
for (const { kind, pick } of faultOrder(plan.faults, random)) {
  const isOver = performance.now() - firstAt > plan.seconds * 1000;
  if (isOver && faults.length >= plan.faults.length) break;
  await wait(quietMs * (1 + random()));
  const callsLive = await live();
  const { what, beganAt, healedAt } = await ask<FaultDone>({ type: 'fault', kind, pick });
  say(`${kind} (${what}): the cluster is whole again after ${((healedAt - beganAt) / 1000).toFixed(1)} s`);
  const fault = {
    kind,
    what,
    healedMs: Math.round(healedAt - beganAt),
    ...effectOf(callsLive, await settle()),
  };
  faults.push(fault);
  tell(fault);
}
say('hanging up');
const seen = await end();
say('counting what is left');
const books = await ask<Books>({ type: 'close-books' });
const events = exportedEvents(books.auditFile);
const doubleOwners = [...new Set([...books.doubleOwners, ...overlappingOwners(events)])];
const auditMissing = [...books.findings, ...missingEvents(seen, events)];
const auditDoubled = doubledEvents(events);
const measured = {
  seed: plan.seed,
  calls: plan.calls,
  faults,
  doubleOwners: doubleOwners.length,
  ownershipLooks: books.ownershipLooks,
  auditMissing: auditMissing.length,
  auditDoubled: auditDoubled.length,
  leaks: Object.values(books.leaks).reduce((sum, count) => sum + count, 0),
  calm,
  auditEvents: events.length,
  details: { doubleOwners, auditMissing, auditDoubled, leaks: books.leaks },
  command: plan.command,
  machine: plan.machine,
  date: plan.date,
  load: { before: loadBefore, after: loadavg()[0] ?? 0 },
};
const report: ChaosReport = { ...measured, broken: brokenPromises(measured) };
await ask<true>({ type: 'report', report });
console.log(`\n${markdownTable(report)}\n`);
for (const { fault, promise } of report.broken) console.log(`NOT KEPT  ${fault ?? 'at the end'}: ${promise}`);
if (report.broken.length === 0) console.log('Every promise was kept.');
process.exit(report.broken.length === 0 ? 0 : 1);

function driverPlans(): DriverPlan[] {
  const count = Math.ceil(plan.calls / callsPerDriver);
  const each = Math.ceil(plan.calls / count);
  return Array.from({ length: count }, (_, i) => ({
    url: plan.url,
    first: i * each,
    calls: Math.min(each, plan.calls - i * each),
    seed: plan.seed,
    isShort: plan.isShort,
  }));
}

async function startDriver(driverPlan: DriverPlan): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('driver.ts', import.meta.url));
  const driver = spawn(process.execPath, [file, JSON.stringify(driverPlan)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  driver.once('exit', (code) => {
    console.error(`a driver of calls ended with ${code}`);
    process.exit(2);
  });
  await heard(driver, 'ready');
  return driver;
}

async function live(): Promise<number> {
  const answers = await toAll({ type: 'live' }, 'live');
  return answers.reduce((sum, one) => sum + one.live, 0);
}

/** Closes the window: every turn that goes on now is settled first. */
async function settle(): Promise<Figures> {
  const answers = await toAll({ type: 'settle', limitMs: settleLimitMs }, 'settled');
  return answers.reduce((sum, { figures }) => addFigures(sum, figures), noFigures());
}

async function end(): Promise<Seen> {
  const answers = await toAll({ type: 'end' }, 'ended');
  for (const driver of drivers) {
    driver.removeAllListeners('exit');
    driver.disconnect();
  }
  return Object.assign({}, ...answers.map(({ seen: some }) => some)) as Seen;
}

function toAll<T extends FromDriver['type']>(message: ToDriver, answer: T) {
  return Promise.all(
    drivers.map((driver) => {
      const answered = heard(driver, answer);
      driver.send(message);
      return answered;
    }),
  );
}

async function heard<T extends FromDriver['type']>(driver: ChildProcess, type: T) {
  for (;;) {
    const [message] = (await once(driver, 'message')) as [FromDriver];
    if (message.type === type) return message as FromDriver & { type: T };
  }
}

/** One question at a time. */
async function ask<T>(what: ToDeploy): Promise<T> {
  const answered = once(process, 'message');
  process.send?.(what);
  const [answer] = (await answered) as [{ done: T } | { failed: string }];
  if ('failed' in answer) throw new Error(answer.failed);
  return answer.done;
}

async function setScript(): Promise<void> {
  const answer = await fetch(`${plan.emulatorUrl}/emulator/script`, {
    method: 'PUT',
    body: JSON.stringify(scriptOf(plan.isShort)),
  });
  if (!answer.ok) throw new Error(`the emulator answers ${answer.status}: ${await answer.text()}`);
}

function tell({
  kind,
  callsMoved,
  gapMs,
  wordsLost,
  callsLost,
  socketsDropped,
  backMs,
  errors,
}: FaultReport): void {
  const found = Object.entries(errors).map(([what, count]) => `; ${count} × ${what}`);
  say(
    `${kind}: ${callsMoved} moved, gap p95 ${gapMs.p95} ms; ${socketsDropped} connections dropped, back p95 ${backMs.p95} ms; ${wordsLost} words and ${callsLost} calls lost${found.join('')}`,
  );
}

function say(line: string): void {
  console.error(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}
