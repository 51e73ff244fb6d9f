import { type Member, member } from './member.ts';
import { inProject } from './project.ts';

export interface EmulatorSettings {
  port: number;
  logFile: string;
  env: NodeJS.ProcessEnv;
  /** What callers are understood to say by microphone, in turn; absent: its own lines. */
  heard?: readonly string[];
  /** What it speaks is kept for the next one. Not where people talk to it: it repeats what they say. */
  keepsClips?: boolean;
}

const clips = inProject('node_modules/.cache/spoken');

/** The stand-in for the voice service. It keeps its port over restarts, so that those who use it find it again. */
export function emulator({ port, logFile, env, heard = [], keepsClips = false }: EmulatorSettings): Member {
  return member({
    name: 'emulator',
    command: process.execPath,
    args: [
      inProject('loadtest/emulator/main.ts'),
      ...['--port', String(port), '--tied'],
      ...heard.flatMap((line) => ['--heard', line]),
      ...(keepsClips ? ['--clips', clips] : []),
    ],
    env,
    logFile,
    isReady: async ({ lines }) => lines().some((line) => line.startsWith('{"listening":')),
  });
}
