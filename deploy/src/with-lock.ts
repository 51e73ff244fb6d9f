import { takeLock } from '../pid-lock.mjs';
import { waitFor } from './wait-for.ts';

/** Does the work while no other living process holds the lock `file`; waits for it up to two minutes. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = await waitFor(
    `the lock ${file}`,
    () => {
      const taken = takeLock(file);
      return 'release' in taken ? taken : undefined;
    },
    { limitMs: 120_000, everyMs: 100 },
  );
  try {
    return await work();
  } finally {
    lock.release();
  }
}
