// node tied.ts COMMAND [ARGUMENT…]: runs the command for as long as the process that started this one lives.
//
// Started with an IPC channel and in a process group of its own (see processes.ts). The channel closes when the
// starter dies, however it dies; then the command and all its descendants are ended. The command itself need
// not know: Redis, for one, does not watch anything.
import { spawn } from 'node:child_process';

/** What this process tells its starter. */
export type TiedMessage =
  | { type: 'started'; pid: number }
  | { type: 'failed'; problem: string }
  | { type: 'exited'; code: number | null; signal: NodeJS.Signals | null };

/** How long the command may take to end by itself when its starter is gone. */
const orphanLimitMs = 1000;
/** How long descendants may outlive the command: those of a killed primary end by themselves. */
const descendantsLimitMs = 2000;

const [command = '', ...args] = process.argv.slice(2);
// An open standard input tells a program that watches it the same: somebody still wants you.
const child = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });

child.on('spawn', () => tell({ type: 'started', pid: child.pid! }));
child.on('error', (error) => {
  tell({ type: 'failed', problem: error.message });
  endGroupIn(0);
});
child.on('exit', (code, signal) => {
  tell({ type: 'exited', code, signal });
  endGroupIn(process.connected ? descendantsLimitMs : 0);
});

process.on('disconnect', () => {
  if (child.exitCode !== null || child.signalCode !== null) endGroupIn(0);
  child.kill('SIGTERM');
  endGroupIn(orphanLimitMs);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));

function tell(message: TiedMessage): void {
  if (process.connected) process.send?.(message, () => {});
}

/** The group is this process, the command, and whatever that started: nothing of it stays. */
function endGroupIn(ms: number): void {
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), ms);
}
