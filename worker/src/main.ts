import cluster from 'node:cluster';
import { ConfigError, readConfig } from '@vjj/shared/config.ts';
import { createLog } from '@vjj/shared/log.ts';
import { misconfiguredExitCode, runPrimary } from '@vjj/shared/process/primary.ts';

try {
  const config = readConfig();
  const log = createLog('worker', config.LOG_LEVEL);
  if (cluster.isPrimary) {
    runPrimary({ processes: config.WORKER_PROCESSES, drainTimeoutMs: config.DRAIN_TIMEOUT_MS, log });
  } else {
    // Imported here, since the primary needs none of it.
    const { runWorker } = await import('./server.ts');
    await runWorker(config, log).catch((error: unknown) => {
      log.fatal({ err: error }, 'the worker could not start');
      process.exit(1);
    });
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`worker: ${error.message}\n`);
  process.exit(misconfiguredExitCode);
}
