import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runProgram } from './run-program.ts';

/** A program this project uses and no npm package brings. */
export interface SystemPackage {
  /** What people call it. */
  name: string;
  /** Names the program goes by, and whole paths where it may be. */
  programs: readonly string[];
  /** Name of the package for each package manager; a missing one: not there under any name. */
  packages: { apt?: string; dnf?: string; apk?: string; brew?: string };
  /** Undoes what the package did beyond installing files. */
  afterInstall?: () => Promise<void>;
}

/** A program is missing and cannot be installed from here; the message names the command that does. */
export class MissingProgram extends Error {
  override readonly name = 'MissingProgram';
}

const managers = [
  { program: 'apt-get', key: 'apt', command: 'sudo apt-get update && sudo apt-get install -y' },
  { program: 'dnf', key: 'dnf', command: 'sudo dnf install -y' },
  { program: 'apk', key: 'apk', command: 'sudo apk add' },
  { program: 'brew', key: 'brew', command: 'brew install' },
] as const;

/** The path of the first of `programs` that is on the PATH (or is a path that exists). */
export function findProgram(programs: readonly string[], path = process.env.PATH ?? ''): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return programs
    .flatMap((name) => (name.includes('/') ? [name] : folders.map((folder) => join(folder, name))))
    .find(isExecutable);
}

/**
 * Finds the program; where it is missing, installs it on Debian and its kin when this is root.
 * @param say is told before something is installed, as that takes a while
 * @throws {MissingProgram}
 */
export async function requireProgram(
  wanted: SystemPackage,
  say: (line: string) => void = () => {},
): Promise<string> {
  const found = findProgram(wanted.programs);
  if (found !== undefined) return found;
  if (wanted.packages.apt !== undefined && isRootOnDebian()) {
    say(`installing ${wanted.packages.apt} with apt-get`);
    const problem = await aptInstall(wanted.packages.apt);
    await wanted.afterInstall?.();
    const installed = findProgram(wanted.programs);
    if (installed !== undefined) return installed;
    throw new MissingProgram(`${wanted.name} could not be installed with apt-get:\n${problem}`);
  }
  throw new MissingProgram(`${wanted.name} is missing. Install it with:   ${installCommand(wanted)}`);
}

/** The same for a command: where one of them cannot be had, it says how to get it and ends the command. */
export async function requirePrograms(...wanted: readonly SystemPackage[]): Promise<void> {
  try {
    for (const one of wanted) await requireProgram(one, console.error);
  } catch (error) {
    if (!(error instanceof MissingProgram)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

/** What a person types here to install it. */
export function installCommand(wanted: SystemPackage, path = process.env.PATH): string {
  for (const { program, key, command } of managers) {
    const name = wanted.packages[key];
    if (name !== undefined && findProgram([program], path) !== undefined) return `${command} ${name}`;
  }
  return `your system's package manager (the program is called ${wanted.programs[0]})`;
}

function isRootOnDebian(): boolean {
  return (
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram(['apt-get']) !== undefined
  );
}

/** Answers with the last lines of apt-get when something went wrong. */
async function aptInstall(name: string): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await runProgram('apt-get', ['update', '-qq'], { env });
  const install = await runProgram('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
    env,
  });
  return install.code === 0 ? '' : `${update.output}${install.output}`.split('\n').slice(-15).join('\n');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
