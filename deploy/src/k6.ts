import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inProject } from './project.ts';
import { runProgram } from './run-program.ts';

/** The version that is built where there is none. */
export const k6Version = 'v2.0.0';
/** The first that has `k6/websockets`; it reads TypeScript, too. */
const least = { major: 1, minor: 6 };
const module = 'go.k6.io/k6/v2';
/** A Go that is installed and not on the path. */
const usualGo = '/usr/local/go/bin';
/** Of all checkouts of this user: building it takes minutes. */
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'voice-jib-jab');
const ownK6 = join(cache, `k6-${k6Version}`);

/**
 * The path of k6: the one on the PATH if it is not too old, the one built here before, or one that is built now.
 * @throws where it can be had by none of these; the message names the command
 */
export async function findK6(tell: (line: string) => void): Promise<string> {
  const onPath = spawnSync('k6', ['version'], { encoding: 'utf8' });
  if (onPath.status === 0) {
    const tooOld = tooOldVersion(onPath.stdout);
    if (tooOld === undefined) return 'k6';
    tell(
      `the k6 on the PATH is ${tooOld}, too old for the scripts (v${least.major}.${least.minor}); it is not used`,
    );
  }
  if (existsSync(ownK6)) return ownK6;
  const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}${usualGo}` };
  if (!runs('go', ['version'], env))
    throw new Error(howToGet('there is no k6 that is new enough, and no Go to build it with'));
  tell(`building k6 ${k6Version} with Go, once; this takes some minutes …`);
  const folder = inProject('.data/k6');
  mkdirSync(folder, { recursive: true });
  mkdirSync(cache, { recursive: true });
  // A module of its own, so that nothing but this very version is asked for.
  writeFileSync(join(folder, 'go.mod'), `module k6build\n\ngo 1.25\n\nrequire ${module} ${k6Version}\n`);
  const built = `${ownK6}.${process.pid}`;
  const build = ['build', '-mod=mod', '-o', built, module];
  const { code, output } = await runProgram('go', build, { cwd: folder, env });
  if (code !== 0) throw new Error(howToGet(`k6 could not be built: ${output.trim().split('\n').at(-1)}`));
  renameSync(built, ownK6);
  return ownK6;
}

/** Undefined: it is new enough, or does not say a version, as what somebody built. */
function tooOldVersion(said: string): string | undefined {
  const [version, major, minor] = /\bv(\d+)\.(\d+)\.\d+\S*/.exec(said) ?? [];
  const isOld = Number(major) < least.major || (Number(major) === least.major && Number(minor) < least.minor);
  return isOld ? version : undefined;
}

function howToGet(problem: string): string {
  return `${problem}\n  Install it from https://grafana.com/docs/k6/latest/set-up/install-k6/ or, with Go 1.25 or newer:\n  go install ${module}@${k6Version}`;
}

function runs(command: string, args: string[], env = process.env): boolean {
  return spawnSync(command, args, { stdio: 'ignore', env }).status === 0;
}
