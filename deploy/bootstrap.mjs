// What every npm command of this project calls first. It must run on any Node from 18, with nothing installed:
// it installs the packages, picks a Node that runs TypeScript, and hands over to deploy/src/<command>.ts.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseNode, wantedNode } from './choose-node.mjs';
import { installPackages } from './install.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = 'start', ...given] = process.argv.slice(2);

const problem = await installPackages(root, (line) => console.error(line));
if (problem !== undefined) fail(problem);

const node = chooseNode(root);
if (node === undefined) {
  fail(`This needs Node ${wantedNode}; this is Node ${process.versions.node}, and no packaged one runs here.
  Install it from https://nodejs.org, or with a version manager:   nvm install 24`);
}
run(node);

function run(path) {
  const child = spawn(path, [join(root, `deploy/src/${command}.ts`), ...given], {
    // The channel closes when this process dies, however it dies: that is how the command learns of it.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = endWithNpm(() => child.kill('SIGTERM'));
  child.on('error', (error) => fail(`${path} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    clearInterval(parent);
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

/**
 * A killed npm tells nobody; that this process has another parent is the only sign of it. (The scripts of
 * package.json begin with "exec" so that its parent is npm, and not a shell that lives on.)
 */
function endWithNpm(end) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, 500);
  return timer;
}

function fail(text) {
  console.error(`\n${text}\n`);
  process.exit(1);
}
