/**
 * A worker that leaves so many pings in a row unanswered is taken for dead, even if its socket is open
 * (SIGSTOP, lost host). Counted, not timed: after a pause of our own the answers are merely unread.
 */
export const maxUnansweredPings = 3;
/** The same while most workers are silent at once. */
const maxUnansweredOfMost = 6;

/**
 * How many unanswered pings mean death. Workers do not die in the same second: when most of several are silent, the host
 * or the network stands still, and to move all their calls to the few that are left, or to each other, would do more harm
 * than to wait. A worker whose socket closes is dead at once all the same.
 * @param links each with its place, and the pings in a row it has not answered; a worker that has registered anew has
 *   several at one place, and is silent once none of them is answered
 */
export function unansweredLimit(links: Iterable<readonly [place: string, pings: number]>): number {
  const places = new Map<string, number>();
  for (const [place, pings] of links) places.set(place, Math.min(pings, places.get(place) ?? pings));
  // They fall silent at once, and their last answers came a ping apart at most.
  const silent = [...places.values()].filter((pings) => pings >= maxUnansweredPings - 1).length;
  return places.size > 1 && silent * 2 > places.size ? maxUnansweredOfMost : maxUnansweredPings;
}
