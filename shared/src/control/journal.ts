import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import type { Pin } from './pins.ts';
import { Script } from './script.ts';

const writeScript = new Script('journal-write');

/** Journals are written again at least every few seconds; one that nobody writes or takes over vanishes after this. */
const journalLifetimeMs = 10 * 60_000;

export interface JournalWrite {
  session: string;
  pin: Pin;
  data: string;
}

/**
 * `written`; `not_ours`: a newer owner has the session; `no_pin`: Redis has forgotten who has it, and the session
 * must be adopted before it is written; an error: what Redis says against it, try again.
 */
export type JournalOutcome = 'written' | 'not_ours' | 'no_pin' | Error;

/** Writes journals, each only if the pin of its session says so. @throws when Redis cannot be asked at all */
export async function writeJournals(
  redis: Redis,
  keys: Keys,
  writes: readonly JournalWrite[],
): Promise<JournalOutcome[]> {
  const results = (await writeScript.run(
    redis,
    writes.flatMap(({ session }) => [keys.pin(session), keys.journal(session)]),
    [journalLifetimeMs, ...writes.flatMap(({ pin, data }) => [pin.owner, pin.epoch, data])],
  )) as unknown[];
  return writes.map((_, i) => {
    const result = results[i];
    if (result === 1) return 'written';
    if (result === 0) return 'not_ours';
    if (result === -1) return 'no_pin';
    return new Error(typeof result === 'string' ? result : `an answer that makes no sense: ${result}`);
  });
}

/** The journal of a session; undefined: there is none. @throws when Redis does not answer */
export async function readJournal(redis: Redis, keys: Keys, session: string): Promise<string | undefined> {
  return (await redis.hget(keys.journal(session), 'data')) ?? undefined;
}
