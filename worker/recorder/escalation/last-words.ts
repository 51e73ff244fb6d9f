import { setTimeout as pause } from 'node:timers/promises';
import type { KeyStore } from '../audit/store.ts';
import { WordReader } from '../audit/words.ts';
import { TryLater } from '../consumer.ts';
import type { Escalation } from './escalation.ts';

/** For so long a key that is not there may be on its way, or its store away; then a person is told without the words. */
const keyLimitMs = 10_000;
const keyPauseMs = 1000;

/** Something said, with personal data masked. */
export interface Said {
  speaker: 'user' | 'assistant';
  text: string;
}

export interface LastWordsOptions {
  keys: KeyStore;
  /** Wraps the keys of sessions; undefined: not on this host. */
  master: Buffer | undefined;
  /** How long the escalation has waited. */
  waitedMs: number;
}

/**
 * What was said last, oldest first. Nothing, when the key is gone: a person must be told all the same.
 * @throws {TryLater} while the key may still come
 */
export async function lastWords(
  escalation: Escalation,
  { keys, master, waitedMs }: LastWordsOptions,
): Promise<readonly Said[]> {
  const unreachable = { withheld: 'unreachable' } as const;
  const leftMs = Math.max(keyPauseMs, keyLimitMs - waitedMs);
  const words = await Promise.race([
    new WordReader(keys, master).read(escalation).catch(() => unreachable),
    // A database that stands still does not even fail.
    pause(leftMs, unreachable, { ref: false }),
  ]);
  if (words === undefined) return [];
  if ('personal' in words) return words.personal.context ?? [];
  if (words.withheld !== 'locked' && waitedMs < keyLimitMs)
    throw new TryLater('the key of its session is not stored yet', keyPauseMs);
  return [];
}
