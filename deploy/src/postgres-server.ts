import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Member, member } from './member.ts';
import { runProgram } from './run-program.ts';
import { findProgram, type SystemPackage } from './system-package.ts';

/** Debian keeps the programs of each major version in a folder that is not on the PATH. */
const debianFolder = '/usr/lib/postgresql';

/** The database that may keep the evidence; the tests run on it. */
export const postgresPackage: SystemPackage = {
  name: 'PostgreSQL (for the tests of the audit store)',
  get programs() {
    const versions = existsSync(debianFolder) ? readdirSync(debianFolder).sort().reverse() : [];
    return ['postgres', ...versions.map((version) => join(debianFolder, version, 'bin/postgres'))];
  },
  packages: { apt: 'postgresql', dnf: 'postgresql-server', apk: 'postgresql', brew: 'postgresql' },
  // The package starts a server of its own; nobody asked for that one.
  async afterInstall() {
    if (existsSync('/run/systemd/system')) {
      await runProgram('systemctl', ['disable', '--now', 'postgresql']);
    } else {
      await runProgram('service', ['postgresql', 'stop']);
    }
  },
};

/** It refuses to run as root; this user has nothing of its own. */
const unprivileged = { uid: 65_534, gid: 65_534 };

export interface PostgresOptions {
  /** Made here; when this is root, given to nobody. */
  folder: string;
  logFile: string;
  port: number;
}

/** A PostgreSQL of our own on the loopback address, without a password, for tests. */
export async function postgresServer({ folder, logFile, port }: PostgresOptions): Promise<Member> {
  const postgres = findProgram(postgresPackage.programs) ?? 'postgres';
  const initdb = postgres.replace(/postgres$/, 'initdb');
  const data = join(folder, 'postgres');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const path of [folder, data]) chownSync(path, unprivileged.uid, unprivileged.gid);
  const drop = ['--reuid', `${unprivileged.uid}`, '--regid', `${unprivileged.gid}`, '--clear-groups'];
  const command = (program: string, args: string[]): [string, string[]] =>
    isRoot ? ['setpriv', [...drop, program, ...args]] : [program, args];

  const initArgs = ['-D', data, '-U', 'vjj', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  const { code, output } = await runProgram(...command(initdb, initArgs), { cwd: folder });
  if (code !== 0) throw new Error(`initdb ended with ${code}:\n${output}`);

  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    // Nothing here outlives the machine.
    fsync: 'off',
  };
  const [program, args] = command(postgres, [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  return member({
    name: 'postgres',
    command: program,
    args,
    env: process.env,
    logFile,
    isReady: async ({ lines }) => lines().some((line) => line.includes('ready to accept connections')),
  });
}
