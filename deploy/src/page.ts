import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from './project.ts';
import { runProgram } from './run-program.ts';
import { withLock } from './with-lock.ts';

/** What the page is made of; anything newer than the built page means it must be built again. */
const sources = ['client', 'shared/src/protocol', 'package-lock.json'];

/** Whether client/dist is missing or older than what it is made of. */
export function isPageStale(): boolean {
  const built = inProject('client/dist/index.html');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  return sources.some((source) => newest(inProject(source)) > builtAt);
}

/**
 * Builds the page into client/dist when it must be. Built beside it and then moved there, so that a build that
 * fails leaves the page as it was.
 * @throws with the output of the build when it fails
 */
export async function ensurePage(): Promise<'built' | 'up to date'> {
  if (!isPageStale()) return 'up to date';
  return withLock(inProject('.data/page.lock'), async () => {
    if (!isPageStale()) return 'up to date';
    const fresh = inProject('.data/page-next');
    const vite = inProject('node_modules/vite/bin/vite.js');
    const args = [vite, 'build', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'];
    const { code, output } = await runProgram(process.execPath, args, {
      cwd: inProject('client'),
      // Tests say `test` here, and would get React's development build.
      env: { ...process.env, NODE_ENV: 'production' },
    });
    if (code !== 0) throw new Error(`the page could not be built:\n${output.trimEnd()}`);
    rmSync(inProject('client/dist'), { recursive: true, force: true });
    renameSync(fresh, inProject('client/dist'));
    return 'built';
  });
}

function newest(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path).filter((name) => name !== 'dist' && name !== 'node_modules');
  return Math.max(0, ...inside.map((name) => newest(join(path, name))));
}
