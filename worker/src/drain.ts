import { monotonicMs } from '@vjj/shared/clock.ts';
import type { WorkerCalls } from './calls.ts';

/** So many calls are handed over in one beat, so that they do not all reach the voice service, or one worker, at once. */
const perBeat = 10;
const beatMs = 50;
/** There was no other worker, or Redis did not say; asked again after this. */
const askAgainMs = 500;

/**
 * Hands the calls of this worker to others, each when nobody speaks in it, and what is left after `timeoutMs` at once.
 * Calls without a client wait for it here as long as others are to be handed over. Without another worker they stay
 * until then, and end. Resolves when none is left.
 */
export async function drain(calls: WorkerCalls, timeoutMs: number): Promise<void> {
  const deadlineMs = monotonicMs() + timeoutMs;
  for (;;) {
    const isLate = monotonicMs() >= deadlineMs;
    const reached = [...calls.all()].filter(({ session }) => session.isReached);
    if (reached.length === 0) break;
    const due = reached.filter(({ session }) => isLate || session.isMovable).slice(0, perBeat);
    const outcomes = await Promise.all(due.map((hosted) => calls.handOver(hosted)));
    let pauseMs = beatMs;
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome === 'handed_over') continue;
      pauseMs = askAgainMs;
      if (!isLate) continue;
      if (outcome === 'no_worker') due[i]!.session.fail('DRAINING');
      else await calls.abandon(due[i]!);
    }
    await new Promise((resolve) => setTimeout(resolve, isLate ? beatMs : pauseMs));
  }
  await Promise.all([...calls.all()].map((hosted) => calls.abandon(hosted)));
}
