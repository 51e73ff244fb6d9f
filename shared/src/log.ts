import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Fields that may carry what a person said or a secret; should one slip into a log call, it is cut. */
const neverLogged = ['text', 'transcript', 'apiKey', 'authorization', 'secret', 'token', 'data'];

/**
 * The JSON log of a process, to standard output.
 * @param role `gateway`, `worker` …; child loggers add `session` and `epoch`
 */
export function createLog(role: string, level: string): Logger {
  return pino({
    level,
    base: { role, pid: process.pid, host: hostname() },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: neverLogged, censor: '[cut]' },
    formatters: { level: (label) => ({ level: label }) },
  });
}
