/** So many callers a second go to the other gateways, which must find the worker of each: a tenth of what one can do. */
const perSecond = 100;
/** Within this share of the drain all have been asked to go, so that there is time for those who must try again. */
const share = 2 / 3;

/**
 * When each of the callers of a gateway that leaves is to go, in ms from now: one after the other, as fast as the others
 * can take them, and faster where the drain is too short for that.
 */
export function departures(callers: number, drainMs: number): number[] {
  const everyMs = Math.min(1000 / perSecond, (drainMs * share) / Math.max(1, callers));
  return Array.from({ length: callers }, (_, i) => Math.round(i * everyMs));
}
