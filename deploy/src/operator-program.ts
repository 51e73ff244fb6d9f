import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { redisHosts } from '@vjj/shared/control/redis-address.ts';
import { variableDocs } from '@vjj/shared/variable-docs.ts';
import { environmentOf, foldersIn } from './data-folder.ts';
import { inProject } from './project.ts';

const environmentFile = (folder: string) => join(folder, 'environment.json');
const usualFolder = inProject('.data');

/** Lets the commands of an operator on this machine find what `npm start` runs; gone when that ends. */
export function shareEnvironment(folder: string, env: NodeJS.ProcessEnv): () => void {
  const file = environmentFile(folder);
  const ours = variableDocs().map(({ name }) => [name, env[name]]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(ours)), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

export interface OperatorCommand {
  /** Without `--data`. */
  args: string[];
  env: NodeJS.ProcessEnv;
}

/**
 * What an operator asks for: the environment given, `.env`, and for what neither says, what `npm start` keeps in the
 * folder of `--data` (.data) and runs there.
 */
export function operatorCommand(given: readonly string[]): OperatorCommand {
  if (existsSync(inProject('.env'))) process.loadEnvFile(inProject('.env'));
  // What .env leaves empty is not set, as `npm start` reads it too.
  const set = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  const { args, folder } = withoutFolder(given);
  const isElsewhere = folder === undefined && set.REDIS_URL !== undefined;
  return { args, env: { ...(isElsewhere ? {} : environmentOfStart(folder ?? usualFolder)), ...set } };
}

/** What a command acts on, for whoever has several. */
export function actsOn(env: NodeJS.ProcessEnv): string {
  const { CLUSTER_NAME = 'vjj', REDIS_URL = 'redis://127.0.0.1:6379', AUDIT_DIR = '.data/audit' } = env;
  const trail = env.AUDIT_DATABASE_URL === undefined ? AUDIT_DIR : 'PostgreSQL';
  return `cluster ${CLUSTER_NAME}, Redis at ${hostsOf(REDIS_URL)}, audit trail in ${trail}`;
}

function hostsOf(redisUrl: string): string {
  try {
    return redisHosts(redisUrl);
  } catch (error) {
    return `an address that ${(error as Error).message}`;
  }
}

/** Runs a program of the project for an operator, in their environment. Its exit code becomes ours. */
export function runOperatorProgram(program: string, { args, env }: OperatorCommand): never {
  console.error(actsOn(env));
  const { status } = spawnSync(process.execPath, [inProject(program), ...args], { stdio: 'inherit', env });
  process.exit(status ?? 1);
}

function withoutFolder(given: readonly string[]): { args: string[]; folder: string | undefined } {
  const at = given.findIndex((one) => one === '--data' || one.startsWith('--data='));
  if (at === -1) return { args: [...given], folder: undefined };
  const isOneWord = given[at] !== '--data';
  const folder = isOneWord ? given[at]!.slice('--data='.length) : (given[at + 1] ?? '');
  if (!existsSync(folder)) {
    console.error(`--data: there is no folder «${folder}»`);
    process.exit(2);
  }
  return { args: given.toSpliced(at, isOneWord ? 1 : 2), folder: resolve(folder) };
}

function environmentOfStart(folder: string): NodeJS.ProcessEnv {
  const file = environmentFile(folder);
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as NodeJS.ProcessEnv)
    : environmentOf(foldersIn(folder));
}
