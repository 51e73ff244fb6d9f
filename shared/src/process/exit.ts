import type { Logger } from '../log.ts';

/**
 * Ends the process on SIGTERM after `drain`; a second signal changes nothing, so nothing is lost by it.
 * SIGINT reaches a whole terminal group at once; children leave it to their primary.
 */
export function exitOnSignal(log: Logger, drain: () => Promise<void>): void {
  let isDraining = false;
  const begin = (signal: NodeJS.Signals) => {
    if (isDraining) return;
    isDraining = true;
    log.info({ signal }, 'draining');
    drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the drain failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', begin);
  process.on('SIGINT', process.connected ? () => undefined : begin);
  // Without its primary a child would go on unseen and unsupervised.
  process.on('disconnect', () => process.exit(1));
}
