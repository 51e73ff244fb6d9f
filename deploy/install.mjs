import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './pid-lock.mjs';

/**
 * Installs the packages of package-lock.json when node_modules holds anything else.
 * @param {string} root folder of the project
 * @param {(line: string) => void} say
 * @returns {Promise<string | undefined>} what went wrong and what to do about it
 */
export async function installPackages(root, say) {
  if (isInstalled(root)) return undefined;
  const lock = await waitForLock(join(root, '.data/install.lock'), say);
  try {
    // Whoever held the lock before may have done the work.
    if (isInstalled(root)) return undefined;
    say('installing packages (npm ci), a minute or so …');
    const started = Date.now();
    const failure = await npmCi(root);
    if (failure !== undefined) return failure;
    say(`packages installed in ${Math.round((Date.now() - started) / 1000)} s`);
    return undefined;
  } finally {
    lock.release();
  }
}

/**
 * npm writes node_modules/.package-lock.json last, so it is there only after a whole install. It is compared
 * instead of a hash of our own, so that an install by hand counts as well.
 */
export function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  for (const [path, entry] of wanted) {
    const found = present.get(path);
    if (found === undefined && (entry.optional || entry.devOptional)) continue;
    if (found?.version !== entry.version || found?.integrity !== entry.integrity) return false;
  }
  for (const path of present.keys()) if (!wanted.has(path)) return false;
  return true;
}

function packagesOf(file) {
  try {
    const { packages } = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(Object.entries(packages).filter(([path]) => path.includes('node_modules/')));
  } catch {
    return undefined;
  }
}

/** Two installs in one folder would each delete what the other is writing. */
async function waitForLock(file, say) {
  for (let told = false; ; told = true) {
    const lock = takeLock(file);
    if ('release' in lock) return lock;
    if (!told) say(`another install is running here (process ${lock.holder}), waiting for it …`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Warnings about other engines are left out: npm may run on an older Node than the project does. The tools that
 * build the page are needed even where NODE_ENV says "production".
 */
function npmCi(root) {
  return new Promise((resolve) => {
    const npm = spawn('npm', ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    });
    const stop = () => npm.kill('SIGTERM');
    process.on('SIGTERM', stop).on('SIGINT', stop);
    npm.on('error', (error) => done(`npm could not be started (${error.message}); is it on the PATH?`));
    npm.on('exit', (code, signal) => {
      if (code === 0) done(undefined);
      else if (signal !== null || code === 130 || code === 143) done('the install was stopped');
      else done(whatToDo);
    });
    function done(problem) {
      process.off('SIGTERM', stop).off('SIGINT', stop);
      resolve(problem);
    }
  });
}

const whatToDo = `The packages could not be installed; npm's own words are above.
  - no network, or a proxy:   npm config get registry   must name a registry this machine reaches
  - "lock file" or "missing": package.json and package-lock.json disagree; run   npm install   and look at the diff
  - anything else:            delete node_modules and run the command again`;
