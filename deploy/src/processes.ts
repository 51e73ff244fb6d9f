import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inProject, root } from './project.ts';
import type { TiedMessage } from './tied.ts';
import { waitFor } from './wait-for.ts';

export interface ProcessSpec {
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the process. */
  env: NodeJS.ProcessEnv;
  /** Both outputs are appended to it. */
  logFile: string;
  /** Where processors are short, all others come first. */
  givesWay?: boolean;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process that ends when this one does, whatever ends this one. */
export interface TiedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Set as soon as the process has ended. */
  readonly exit: Exit | undefined;
  readonly exited: Promise<Exit>;
  /** Sends the signal to the process itself, not to its descendants. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when that did not help within the limit; resolves when nothing of it is left. */
  stop(limitMs?: number): Promise<void>;
}

const tied = fileURLToPath(new URL('tied.ts', import.meta.url));

/** Compiled sources, shared by all processes: they start in two thirds of the time. */
const compileCache = inProject('.data/compile-cache');

/** How long a process may take to end after SIGTERM, unless told otherwise. */
const stopLimitMs = 5000;

/**
 * Starts a process that cannot outlive this one (see tied.ts). It has a process group of its own, so that
 * Ctrl-C in a terminal reaches only this process, and the order of the end is ours.
 * @throws when the program cannot be started
 */
export async function startProcess(spec: ProcessSpec): Promise<TiedProcess> {
  const log = openSync(spec.logFile, 'a');
  const keeper = spawn(process.execPath, [tied, spec.command, ...spec.args], {
    cwd: root,
    env: { NODE_COMPILE_CACHE: compileCache, ...spec.env },
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const gone = new Promise<void>((resolve) =>
    keeper.on('exit', () => resolve()).on('error', () => resolve()),
  );
  const { pid, exited } = await hear(keeper, spec.name);
  if (spec.givesWay) void putBehindOthers(pid);
  let exit: Exit | undefined;
  exited.then((value) => {
    exit = value;
  });

  const kill = (signal: NodeJS.Signals): void => {
    // Its number may belong to another process once it has ended.
    if (exit === undefined) killIfThere(pid, signal);
  };
  return {
    name: spec.name,
    pid,
    logFile: spec.logFile,
    exited,
    get exit() {
      return exit;
    },
    kill,
    async stop(limitMs = stopLimitMs) {
      kill('SIGTERM');
      const hurry = setTimeout(() => kill('SIGKILL'), limitMs);
      await exited;
      clearTimeout(hurry);
      if (keeper.connected) keeper.disconnect();
      await gone;
      await groupGone(keeper.pid!);
    },
  };
}

/**
 * Linux compares priorities within a session only (autogroups, see sched(7)). Each process started here has one of its
 * own, so it must be put behind as a whole. A third of what others get: enough to go on with what waits.
 */
async function putBehindOthers(pid: number): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      writeFileSync(`/proc/${pid}/autogroup`, '5');
      return;
    } catch (error) {
      // Else no Linux, or a kernel that compares all with all: then the priority that it gives itself is enough.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      // The kernel lets one such change pass in a tenth of a second, whoever asks.
      await sleep(100 + Math.random() * 100);
    }
  }
}

/** Resolves when the command runs. */
function hear(keeper: ChildProcess, name: string): Promise<{ pid: number; exited: Promise<Exit> }> {
  return new Promise((resolve, reject) => {
    const { promise: exited, resolve: hasExited } = Promise.withResolvers<Exit>();
    keeper.on('message', (message: TiedMessage) => {
      if (message.type === 'started') resolve({ pid: message.pid, exited });
      else if (message.type === 'failed') reject(new Error(`${name}: ${message.problem}`));
      else hasExited({ code: message.code, signal: message.signal });
    });
    keeper.on('error', reject);
    keeper.on('exit', (code, signal) => {
      // Only when the keeper itself was killed; what it kept may live on, but is nothing we can see.
      reject(new Error(`${name}: its keeper ended at once`));
      hasExited({ code, signal });
    });
  });
}

/**
 * The descendants were sent SIGKILL and end a moment later. Where nobody collects what is dead (a container
 * without an init), they never quite go, so this is not waited for long.
 */
async function groupGone(group: number): Promise<void> {
  await waitFor('its descendants', () => !isThere(-group) || undefined, { limitMs: 200, everyMs: 5 }).catch(
    () => {},
  );
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
