import { readFileSync, statSync } from 'node:fs';
import { type Exit, type ProcessSpec, startProcess, type TiedProcess } from './processes.ts';
import { StartFailure } from './start-failure.ts';
import { waitFor } from './wait-for.ts';

export interface MemberSpec extends ProcessSpec {
  /**
   * Asked until it answers `true`; what it throws counts as "not yet" and is told if that stays so.
   */
  isReady: (run: Run) => Promise<boolean>;
  readyLimitMs?: number;
  /** How long it may take to end after SIGTERM. */
  stopLimitMs?: number;
}

/** What may tell this run of a member from the one before. */
export interface Run {
  pid: number;
  /** Unix ms. */
  startedAt: number;
  /** The lines it has written. */
  lines: () => string[];
}

/** One process of a cluster, which can be ended and started again in the same place. */
export interface Member {
  readonly name: string;
  readonly logFile: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** The end of the run that is going on, or of the last one. */
  readonly exited: Promise<Exit>;
  /** Starts it, and waits until it is ready.  @throws {StartFailure} */
  start(): Promise<void>;
  /** Sends the signal to the process; does not wait. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after its limit; waits until nothing of it is left. */
  stop(limitMs?: number): Promise<void>;
}

export function member(spec: MemberSpec): Member {
  let current: TiedProcess | undefined;
  return {
    name: spec.name,
    logFile: spec.logFile,
    get pid() {
      return current?.exit === undefined ? current?.pid : undefined;
    },
    get exited() {
      return current?.exited ?? Promise.reject(new Error(`${spec.name} was never started`));
    },
    async start() {
      const logStart = statSync(spec.logFile, { throwIfNoEntry: false })?.size ?? 0;
      const lines = () => readFileSync(spec.logFile).subarray(logStart).toString().split('\n');
      const startedAt = Date.now();
      const run = await startProcess(spec).catch((error: Error) => {
        throw new StartFailure(spec.name, error.message, spec.logFile);
      });
      current = run;
      try {
        await waitFor(
          'ready',
          async () => {
            // Read anew each time: it may end while it is asked.
            if (run.exit !== undefined) return true;
            return (await spec.isReady({ pid: run.pid, startedAt, lines })) || undefined;
          },
          { limitMs: spec.readyLimitMs ?? 15_000 },
        );
      } catch (error) {
        await run.stop(0);
        const { cause } = error as Error;
        const because = cause instanceof Error ? ` (${cause.message})` : '';
        throw new StartFailure(spec.name, `${(error as Error).message}${because}`, spec.logFile);
      }
      if (run.exit !== undefined) {
        await run.stop();
        throw new StartFailure(spec.name, `it ended with ${describeExit(run.exit)}`, spec.logFile);
      }
    },
    kill(signal) {
      current?.kill(signal);
    },
    async stop(limitMs = spec.stopLimitMs) {
      await current?.stop(limitMs);
    },
  };
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `code ${code}` : signal;
}
