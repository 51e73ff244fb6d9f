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

/**
 * Runs a program of the project for an operator: with the environment given, `.env`, and for what neither says,
 * the cluster that `npm start` runs here. Its exit code becomes ours.
 */
export function runOperatorProgram(program: string, args: readonly string[]): never {
  if (existsSync(inProject('.env'))) process.loadEnvFile(inProject('.env'));
  const running = process.env.REDIS_URL ? {} : environmentOfStart();
  const { status } = spawnSync(process.execPath, [inProject(program), ...args], {
    stdio: 'inherit',
    env: { ...running, ...process.env },
  });
  process.exit(status ?? 1);
}

function environmentOfStart(): NodeJS.ProcessEnv {
  const file = environmentFile(usualFolder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as NodeJS.ProcessEnv) : {};
}
