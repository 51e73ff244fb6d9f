import { spawn } from 'node:child_process';
import { root } from './project.ts';

export interface Outcome {
  /** Exit code; 1 when the program was killed or could not be started. */
  code: number;
  /** What it wrote to both its outputs; empty when it wrote straight to ours. */
  output: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** `show`: the program writes to our own outputs. */
  output?: 'keep' | 'show';
  /** Ends the program (SIGTERM). */
  signal?: AbortSignal;
}

/** Runs a program to its end. Never rejects: a program that cannot be started has code 1 and says why. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const kept: Buffer[] = [];
    const { env, cwd = root, output = 'keep', signal } = options;
    const pipes = output === 'show' ? 'inherit' : 'pipe';
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', pipes, pipes],
      ...(env && { env }),
      ...(signal && { signal }),
    });
    child.stdout?.on('data', (chunk: Buffer) => kept.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => kept.push(chunk));
    const end = () => child.kill();
    process.once('exit', end);
    const done = (code: number, more = '') => {
      process.off('exit', end);
      resolve({ code, output: Buffer.concat(kept).toString() + more });
    };
    child.on('error', (error) => {
      // An aborted program is reported here too, and its end is still to come.
      if (child.pid === undefined) done(1, `${command}: ${error.message}\n`);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}
