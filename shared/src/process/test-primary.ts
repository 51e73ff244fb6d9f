// A primary of two children that do nothing but tell their process ids: `node test-primary.ts`. It is told over its channel
// where children are to be started, and to say something to one that is dead already, which it does not know.
import cluster from 'node:cluster';
import { createLog } from '../log.ts';
import { exitOnSignal } from './exit.ts';
import { processIndex, runPrimary } from './primary.ts';

/** Long enough for a killed process to be gone, ms. */
const deathMs = 300;

export type Order = { startIn: string } | { speakToTheDead: true };

const log = createLog('test', 'info');

if (cluster.isPrimary) {
  process.on('message', (order: Order) => {
    if ('startIn' in order) cluster.setupPrimary({ cwd: order.startIn });
    else speakToTheDead();
    process.send?.('done');
  });
  runPrimary({ processes: 2, drainTimeoutMs: 1_000, log });
} else {
  exitOnSignal(log, async () => undefined);
  log.info({ index: processIndex() }, 'up');
}

function speakToTheDead(): void {
  const [child] = Object.values(cluster.workers ?? {});
  child?.process.kill('SIGKILL');
  for (const untilMs = performance.now() + deathMs; performance.now() < untilMs; );
  child?.send('do you hear?');
}
