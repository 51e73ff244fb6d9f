import { type Member, member } from './member.ts';
import { inProject } from './project.ts';

/** The stand-in for the voice service. It keeps its port over restarts, so that those who use it find it again. */
export function emulator(options: { port: number; logFile: string; env: NodeJS.ProcessEnv }): Member {
  const { port, logFile, env } = options;
  return member({
    name: 'emulator',
    command: process.execPath,
    args: [inProject('loadtest/emulator/main.ts'), '--port', String(port), '--tied'],
    env,
    logFile,
    isReady: async ({ lines }) => lines().some((line) => line.startsWith('{"listening":')),
  });
}
