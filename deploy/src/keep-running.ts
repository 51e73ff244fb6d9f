import { setTimeout as wait } from 'node:timers/promises';
import { describeExit, type Member } from './member.ts';

const firstPauseMs = 500;
const slowestPauseMs = 30_000;
/** One that ran this long did not fail at its start: its next restart comes quickly again. */
const healthyAfterMs = 30_000;

/**
 * Starts a member again whenever it ends, with growing pauses, and says so in a line each time.
 * @param ended from then on an end is an end
 */
export async function keepRunning(
  member: Member,
  say: (line: string) => void,
  ended: AbortSignal,
): Promise<void> {
  let pauseMs = firstPauseMs;
  for (;;) {
    const since = performance.now();
    const exit = await member.exited;
    if (ended.aborted) return;
    if (performance.now() - since > healthyAfterMs) pauseMs = firstPauseMs;
    say(`${member.name} ended (${describeExit(exit)}); it is started again`);
    do {
      await wait(pauseMs, undefined, { signal: ended }).catch(() => {});
      if (ended.aborted) return;
      pauseMs = Math.min(pauseMs * 2, slowestPauseMs);
    } while (!(await startAgain()));
  }

  async function startAgain(): Promise<boolean> {
    try {
      await member.start();
      say(`${member.name} runs again`);
      return true;
    } catch (error) {
      if (!ended.aborted) say((error as Error).message);
      return false;
    }
  }
}
