import type { FaultKind } from './chaos-plan.ts';
import { shuffled } from './random.ts';

/** Faults without end: all kinds in a random order, then all again in another. `pick` in [0, 1) chooses the target. */
export function* faultOrder(
  kinds: readonly FaultKind[],
  random: () => number,
): Generator<{ kind: FaultKind; pick: number }, never> {
  for (;;) for (const kind of shuffled(kinds, random)) yield { kind, pick: random() };
}
