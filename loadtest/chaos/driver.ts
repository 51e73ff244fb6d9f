// Some of the callers of a chaos run, in a process of their own: driver.ts <DriverPlan as JSON>. Talks with main.ts.
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { TimerWheel } from '../emulator/timer-wheel.ts';
import { ChaosCaller } from './caller.ts';
import type { DriverPlan, FromDriver, ToDriver } from './chaos-plan.ts';
import { noFigures } from './figures.ts';
import { mannerOf } from './manner.ts';
import { seeded } from './random.ts';

/** So many connect at once at the start. */
const connectingAtOnce = 10;
/** A lost caller calls again after that. */
const callAgainMs = 1000;
const lookMs = 100;

/** The `ws` package's, with what a load generator can do without left out. */
class LeanWebSocket extends WebSocket {
  constructor(url: string) {
    super(url, { perMessageDeflate: false, skipUTF8Validation: true });
  }
}

const plan = JSON.parse(process.argv[2] ?? '{}') as DriverPlan;
const wheel = new TimerWheel();
const seen: Record<string, Record<string, number>> = {};
const callers: (ChaosCaller | undefined)[] = Array.from({ length: plan.calls });
let figures = noFigures();
let isOver = false;

process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToDriver) => {
  if (message.type === 'live') tell({ type: 'live', live: live() });
  else if (message.type === 'settle') void settle(message.limitMs);
  else void end();
});

for (let at = 0; at < plan.calls; at += connectingAtOnce)
  await Promise.all(
    Array.from({ length: Math.min(connectingAtOnce, plan.calls - at) }, (_, i) => call(at + i)),
  );
tell({ type: 'ready' });

/** @param at place among the callers of this driver */
async function call(at: number): Promise<void> {
  if (isOver) return;
  const index = plan.first + at;
  const caller = new ChaosCaller({
    url: plan.url,
    webSocket: LeanWebSocket,
    manner: mannerOf(index, plan.isShort),
    wheel,
    random: seeded(plan.seed + index),
    figures: () => figures,
    onLost: () => {
      keepSeen(caller);
      callers[at] = undefined;
      wheel.schedule(callAgainMs, () => void call(at));
    },
  });
  callers[at] = caller;
  // When it fails `onLost` was told.
  await caller.begin().catch(() => {});
}

function live(): number {
  return callers.filter((caller) => caller?.isLive).length;
}

async function settle(limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  while (live() < plan.calls && performance.now() < until) await wait(lookMs);
  for (const caller of callers) caller?.probe();
  const isSettled = callers.map(() => false);
  const all = Promise.all(
    callers.map(async (caller, at) => {
      await caller?.settled();
      isSettled[at] = caller?.isLive ?? false;
    }),
  );
  await Promise.race([all, wait(Math.max(0, until - performance.now()), undefined, { ref: false })]);
  figures.unsettled = isSettled.filter((is) => !is).length;
  const told = figures;
  figures = noFigures();
  tell({ type: 'settled', figures: told });
}

async function end(): Promise<void> {
  isOver = true;
  await Promise.all(
    callers.map(async (caller) => {
      await caller?.end();
      if (caller !== undefined) keepSeen(caller);
    }),
  );
  wheel.close();
  tell({ type: 'ended', seen });
}

function keepSeen(caller: ChaosCaller): void {
  if (caller.sessionId !== undefined) seen[caller.sessionId] = caller.seen;
}

function tell(message: FromDriver): void {
  process.send?.(message);
}
