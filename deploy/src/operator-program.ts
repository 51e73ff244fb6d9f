import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { variableDocs } from '@vjj/shared/config.ts';
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

/** The environment given, `.env`, and for what neither says, the cluster that `npm start` runs here. */
export function operatorEnvironment(): NodeJS.ProcessEnv {
  if (existsSync(inProject('.env'))) process.loadEnvFile(inProject('.env'));
  return { ...(process.env.REDIS_URL ? {} : environmentOfStart()), ...process.env };
}

/** Runs a program of the project for an operator, in their environment. Its exit code becomes ours. */
export function runOperatorProgram(program: string, args: readonly string[]): never {
  const { status } = spawnSync(process.execPath, [inProject(program), ...args], {
    stdio: 'inherit',
    env: operatorEnvironment(),
  });
  process.exit(status ?? 1);
}

function environmentOfStart(): NodeJS.ProcessEnv {
  const file = environmentFile(usualFolder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as NodeJS.ProcessEnv) : {};
}
