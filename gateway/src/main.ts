import cluster from 'node:cluster';
import { ConfigError, readConfig } from '@vjj/shared/config.ts';
import { createLog } from '@vjj/shared/log.ts';
import { serveClusterMetrics } from '@vjj/shared/process/cluster-metrics.ts';
import { misconfiguredExitCode, runPrimary } from '@vjj/shared/process/primary.ts';

try {
  const config = readConfig();
  const log = createLog('gateway', config.LOG_LEVEL);
  if (cluster.isPrimary) {
    serveClusterMetrics();
    runPrimary({ processes: config.GATEWAY_PROCESSES, drainTimeoutMs: config.DRAIN_TIMEOUT_MS, log });
  } else {
    // Imported here, since the primary needs none of it.
    const { runGateway } = await import('./server.ts');
    await runGateway(config, log).catch((error: unknown) => {
      const isPortTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      log.fatal({ err: error }, isPortTaken ? `PORT ${config.PORT} is taken` : 'the gateway could not start');
      process.exit(isPortTaken ? misconfiguredExitCode : 1);
    });
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`gateway: ${error.message}\n`);
  process.exit(misconfiguredExitCode);
}
