import { setTimeout as wait } from 'node:timers/promises';

/** Thrown by what is asked: it will never be. */
export class Hopeless extends Error {
  override readonly name = 'Hopeless';
}

/**
 * Asks again and again until there is an answer.
 * @param what named in the error
 * @throws when `limitMs` pass without an answer, with the last error of `ask` as its cause; what is `Hopeless`, at once
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { limitMs = 20_000, everyMs = 20 }: { limitMs?: number; everyMs?: number } = {},
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      cause = error;
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms`, { cause });
    await wait(everyMs);
  }
}
