import type { ProcessStatus } from '@vjj/shared/control/cluster-status.ts';
import type { ErrorId } from '@vjj/shared/errors.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * Why a new call could not be taken now; empty when it could, if only to wait for a place.
 * @param waitingRoom how many calls of the fleet may wait
 */
export async function readiness(
  view: ClusterView,
  isDraining: boolean,
  waitingRoom: number,
): Promise<ErrorId[]> {
  const reasons: ErrorId[] = isDraining ? ['DRAINING'] : [];
  try {
    const { places, waiting, workers } = await view.read();
    const none = whyNone(workers);
    if (none !== undefined) reasons.push(none);
    else if (places <= waiting && waiting >= waitingRoom) reasons.push('NO_CAPACITY');
  } catch {
    reasons.push('REDIS_AWAY');
  }
  return reasons;
}

/** Why no call may be given to any of them, not even one that waits; undefined: one may. */
export function whyNone(workers: readonly ProcessStatus[]): 'NO_WORKER' | 'EVIDENCE_FULL' | undefined {
  const up = workers.filter(({ state }) => state === 'up');
  if (up.length === 0) return 'NO_WORKER';
  return up.every(({ limitedBy }) => limitedBy === 'evidence') ? 'EVIDENCE_FULL' : undefined;
}
