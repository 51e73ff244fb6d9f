/** Why a worker takes no more calls. */
export type Limit =
  | 'draining'
  /** The spill of evidence is full. */
  | 'evidence'
  /** It has `MAX_SESSIONS_PER_WORKER` calls. */
  | 'sessions'
  /** It has its share of `OPENAI_MAX_SESSIONS`. */
  | 'provider_sessions'
  /** The voice service refuses (429), or has said that little is left of its limits. */
  | 'provider_limits'
  /** The event loop runs late: more calls would spoil those there are. */
  | 'loop_lag';

export interface Load {
  isDraining: boolean;
  isEvidenceFull: boolean;
  /** Calls that have a place here; those that wait for one do not count. */
  calls: number;
  maxCalls: number;
  /** Of the conversations the fleet may have with the voice service; infinite: there is no limit. */
  providerShare: number;
  isProviderPaused: boolean;
  isLagging: boolean;
}

export interface Capacity {
  /** Calls it would have when full, by what holds now. */
  total: number;
  /** Negative after takeovers, which ask nobody; undefined: it must not be given any call, not even one that waits. */
  free: number | undefined;
  /** Undefined while it takes calls. */
  limitedBy: Limit | undefined;
}

/** How many more calls a worker takes, and why no more. */
export function capacityOf(load: Load): Capacity {
  const { calls, maxCalls, providerShare } = load;
  const total = Math.min(maxCalls, providerShare);
  if (load.isDraining) return { total, free: undefined, limitedBy: 'draining' };
  if (load.isEvidenceFull) return { total, free: undefined, limitedBy: 'evidence' };
  if (calls >= total) {
    const limitedBy = providerShare < maxCalls ? 'provider_sessions' : 'sessions';
    return { total, free: total - calls, limitedBy };
  }
  if (load.isProviderPaused) return { total: calls, free: 0, limitedBy: 'provider_limits' };
  if (load.isLagging) return { total: calls, free: 0, limitedBy: 'loop_lag' };
  return { total, free: total - calls, limitedBy: undefined };
}

/**
 * Whether the event loop is too late for more calls. It has to become twice as good before it is not any more, or
 * calls would be taken and refused in turns.
 * @param p95Ms since the last time this was asked
 * @param maxMs 0: it never is
 */
export function isLagging(wasLagging: boolean, p95Ms: number, maxMs: number): boolean {
  return maxMs > 0 && p95Ms > (wasLagging ? maxMs / 2 : maxMs);
}

/**
 * What one worker may have of something the fleet may have `most` of; all shares together are no more than that.
 * @param before workers that come before it, 0 to below `workers`
 */
export function shareOf(most: number, workers: number, before: number): number {
  return Math.floor(most / workers) + (before < most % workers ? 1 : 0);
}
