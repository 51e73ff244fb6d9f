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
    const { workers, waiting } = await view.read();
    const up = workers.filter((worker) => worker.state === 'up');
    if (up.length === 0) reasons.push('NO_WORKER');
    else if (waiting >= waitingRoom && up.every(({ sessions, capacity }) => sessions >= capacity))
      reasons.push('NO_CAPACITY');
  } catch {
    reasons.push('REDIS_AWAY');
  }
  return reasons;
}
