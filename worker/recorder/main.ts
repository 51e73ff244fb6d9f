import cluster from 'node:cluster';
import { ConfigError, readConfig } from '@vjj/shared/config.ts';
import { createLog } from '@vjj/shared/log.ts';
import { misconfiguredExitCode, runPrimary } from '@vjj/shared/process/primary.ts';

try {
  const config = readConfig();
  const log = createLog('recorder', config.LOG_LEVEL);
  if (cluster.isPrimary) {
    runPrimary({ processes: config.RECORDER_PROCESSES, drainTimeoutMs: config.DRAIN_TIMEOUT_MS, log });
  } else {
    const { runRecorder } = await import('./server.ts');
    await runRecorder(config, log).catch((error: unknown) => {
      log.fatal({ err: error }, 'the recorder could not start');
      process.exit(1);
    });
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`recorder: ${error.message}\n`);
  process.exit(misconfiguredExitCode);
}
