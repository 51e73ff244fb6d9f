import cluster, { type Worker } from 'node:cluster';
import type { Logger } from '../log.ts';
import { knownFlags } from './known-flags.ts';

const firstRestartMs = 200;
const slowestRestartMs = 10_000;
/** A child that lived this long did not fail at start; its next restart comes quickly again. */
const healthyAfterMs = 10_000;
/** After the drain a child has this long to exit before it is killed. */
const exitGraceMs = 5000;
const indexFlag = '--process-index';

/** Exit code of a process that cannot run as it is set up; starting it again would not help (EX_CONFIG). */
export const misconfiguredExitCode = 78;

/** Said to every child before it is told to end with all others. */
const endingMessage = 'vjj: all end';

export interface PrimaryOptions {
  processes: number;
  drainTimeoutMs: number;
  log: Logger;
}

/**
 * Every read from a socket takes 64 KiB outside the heap for a moment. Counted by itself, that makes V8 collect the whole
 * heap several times a second, which was a third of a gateway's work; counted as part of all memory, it does not. And the
 * heap may grow to four times of what lives before all of it is looked through again: left to itself, V8 did so every
 * second, on threads beside the event loop, for a third of what a worker needs in all.
 */
const wantedMemoryFlags = ['--external-memory-accounted-in-global-limit', '--heap-growing-percent=300'];

/**
 * Runs N children, restarts the ones that die with growing pauses, and ends them in good order on
 * SIGTERM or SIGINT. A primary that is killed takes its children with it: their channel closes.
 */
export function runPrimary({ processes, drainTimeoutMs, log }: PrimaryOptions): void {
  // A single child takes callers itself: handed over by the primary, they come one in each turn of its event loop.
  if (processes === 1) cluster.schedulingPolicy = cluster.SCHED_NONE;
  const pauses = new Array<number>(processes).fill(firstRestartMs);
  const children = new Map<number, Worker>();
  const memoryFlags = knownFlags(wantedMemoryFlags);
  let isEnding = false;
  let exitCode = 0;
  /** Some child has served: the set-up was good enough to run, and what is wrong now must not end the others. */
  let hasServed = false;
  setTimeout(() => {
    hasServed = children.size > 0;
  }, healthyAfterMs).unref();

  const fork = (index: number) => {
    cluster.setupPrimary({
      args: [indexFlag, String(index)],
      execArgv: [...process.execArgv, ...memoryFlags],
    });
    const startedAt = performance.now();
    let isGone = false;
    /** Once for each child: one that could not be started says so and does not exit. */
    const onGone = (why: { code?: number; signal?: string; err?: unknown }) => {
      if (isGone) return;
      isGone = true;
      children.delete(index);
      if (isEnding) {
        if (children.size === 0) process.exit(exitCode);
        return;
      }
      if (why.code === misconfiguredExitCode && !hasServed) {
        log.fatal({ index }, 'a child process cannot run as it is set up; see its log line above');
        exitCode = why.code;
        end('SIGTERM');
        return;
      }
      if (performance.now() - startedAt > healthyAfterMs) pauses[index] = firstRestartMs;
      const pauseMs = pauses[index]!;
      pauses[index] = Math.min(slowestRestartMs, pauseMs * 2);
      const what = 'err' in why ? 'could not be started; trying again' : 'died; starting another';
      log.error({ index, ...why, pauseMs }, `a child process ${what}`);
      setTimeout(() => !isEnding && fork(index), pauseMs);
    };
    try {
      const child = cluster.fork();
      children.set(index, child);
      child.on('exit', (code, signal) => onGone({ code, signal }));
      child.on('error', (err) => {
        if (child.process.pid === undefined) onGone({ err });
        // One that has run was not reached because it is dead, which its exit says too.
        else log.warn({ index, err }, 'a child process was not reached');
      });
    } catch (err) {
      onGone({ err });
    }
  };

  const end = (signal: NodeJS.Signals) => {
    if (isEnding) return;
    isEnding = true;
    log.info({ signal, children: children.size }, 'ending');
    if (children.size === 0) process.exit(exitCode);
    for (const child of children.values()) {
      if (child.isConnected()) child.send(endingMessage);
      child.process.kill('SIGTERM');
    }
    setTimeout(() => {
      log.error({ left: children.size }, 'children did not end in time; killing them');
      for (const child of children.values()) child.process.kill('SIGKILL');
    }, drainTimeoutMs + exitGraceMs).unref();
  };

  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  for (let index = 0; index < processes; index++) fork(index);
  log.info({ processes }, 'primary started');
}

/** Listens, in a child, for the end of all; @returns whether it was announced. */
export function watchForEndOfAll(): () => boolean {
  let isAnnounced = false;
  process.on('message', (message) => {
    isAnnounced ||= message === endingMessage;
  });
  return () => isAnnounced;
}

/** Index of this child among its siblings, 0 when it runs without a primary. */
export function processIndex(): number {
  const at = process.argv.indexOf(indexFlag);
  return at === -1 ? 0 : Number(process.argv[at + 1]);
}
