import type { ErrorId } from '@vjj/shared/errors.ts';
import type { ClusterView } from './cluster-view.ts';

/** Why a new call could not be taken now; empty when it could. */
export async function readiness(view: ClusterView, isDraining: boolean): Promise<ErrorId[]> {
  const reasons: ErrorId[] = isDraining ? ['DRAINING'] : [];
  try {
    const { workers } = await view.read();
    const up = workers.filter((worker) => worker.state === 'up');
    if (up.length === 0) reasons.push('NO_WORKER');
    else if (up.every((worker) => worker.sessions >= worker.capacity)) reasons.push('NO_CAPACITY');
  } catch {
    reasons.push('REDIS_AWAY');
  }
  return reasons;
}
