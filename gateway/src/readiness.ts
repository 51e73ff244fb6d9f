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
    if (workers.every(({ state }) => state !== 'up')) reasons.push('NO_WORKER');
    else if (places <= waiting && waiting >= waitingRoom) reasons.push('NO_CAPACITY');
  } catch {
    reasons.push('REDIS_AWAY');
  }
  return reasons;
}
