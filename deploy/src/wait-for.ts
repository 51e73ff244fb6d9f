import { setTimeout as wait } from 'node:timers/promises';

/**
 * Asks again and again until there is an answer.
 * @param what named in the error
 * @throws when `limitMs` pass without an answer, with the last error of `ask` as its cause
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { limitMs = 10_000, everyMs = 20 }: { limitMs?: number; everyMs?: number } = {},
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms`, { cause });
    await wait(everyMs);
  }
}
