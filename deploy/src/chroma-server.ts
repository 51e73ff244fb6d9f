import { existsSync, mkdirSync } from 'node:fs';
import { type Member, member } from './member.ts';
import { inProject } from './project.ts';

const answerLimitMs = 2000;

export interface ChromaOptions {
  /** What is written survives in this folder. */
  folder: string;
  logFile: string;
  port: number;
  name?: string;
}

/** Whether the package that holds the server is there: it is made for a few platforms only. */
export function shipsChroma(): boolean {
  const { platform, arch } = process;
  const libraries: Readonly<Record<string, string>> = { linux: '-gnu', win32: '-msvc' };
  const binding = `chromadb-js-bindings-${platform}-${arch}${libraries[platform] ?? ''}`;
  return existsSync(inProject('node_modules', binding));
}

/** A Chroma of our own on the loopback address: the server that ships with the `chromadb` package. */
export function chromaServer({ folder, logFile, port, name = 'chroma' }: ChromaOptions): Member {
  mkdirSync(folder, { recursive: true });
  return member({
    name,
    command: process.execPath,
    args: [
      inProject('node_modules/chromadb/dist/cli.mjs'),
      ...['run', '--path', folder, '--host', '127.0.0.1', '--port', String(port)],
    ],
    env: process.env,
    logFile,
    // It ends by itself where the port is taken; then another server's answer must not count as its own.
    isReady: async ({ lines }) =>
      lines().some((line) => line.startsWith('Connect to Chroma')) &&
      (await chromaProblem(`http://127.0.0.1:${port}`)) === undefined,
  });
}

/** Why the Chroma at `url` cannot be used; undefined: it answers. */
export async function chromaProblem(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL('/api/v2/heartbeat', url), {
      signal: AbortSignal.timeout(answerLimitMs),
    });
    return answer.ok ? undefined : `it answers with status ${answer.status}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message} (${cause.message})` : message;
  }
}
