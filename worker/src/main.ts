import cluster from 'node:cluster';
import { ConfigError, readConfig } from '@vjj/shared/config.ts';
import { createLog } from '@vjj/shared/log.ts';
import { misconfiguredExitCode, runPrimary } from '@vjj/shared/process/primary.ts';
import { serveEmbeddings } from './embedding/serve-embeddings.ts';

try {
  const config = readConfig();
  const log = createLog('worker', config.LOG_LEVEL);
  if (cluster.isPrimary) {
    serveEmbeddings(log);
    runPrimary({ processes: config.WORKER_PROCESSES, drainTimeoutMs: config.DRAIN_TIMEOUT_MS, log });
  } else {
    // Imported here, since the primary needs none of it.
    const { runWorker } = await import('./server.ts');
    await runWorker(config, log).catch((error: unknown) => {
      // What is wrong with the agents' folders is for whoever edits them, and stays wrong after a restart.
      const isForTheEditor = error instanceof Error && error.name === 'AgentsError';
      if (isForTheEditor) process.stderr.write(`worker: ${error.message}\n`);
      log.fatal({ err: error }, 'the worker could not start');
      process.exit(isForTheEditor ? misconfiguredExitCode : 1);
    });
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`worker: ${error.message}\n`);
  process.exit(misconfiguredExitCode);
}
