import { setTimeout as wait } from 'node:timers/promises';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { Redis } from 'ioredis';

const lookEveryMs = 500;

/**
 * Every pin with its journal, as they are at one moment; a pin and a journal of two moments would prove nothing.
 * KEYS  1 what all pins begin with   2 what all journals begin with
 * OUT   session, owner, epoch, epoch of the journal, time of the journal, for each
 */
const sights = `
local found = {}
for _, pin in ipairs(redis.call('KEYS', KEYS[1] .. '*')) do
  local session = string.sub(pin, #KEYS[1] + 1)
  local owner = redis.call('HMGET', pin, 'owner', 'epoch')
  local journal = redis.call('HMGET', KEYS[2] .. session, 'epoch', 'at')
  for _, field in ipairs({ session, owner[1] or '', owner[2] or '', journal[1] or '', journal[2] or '' }) do
    table.insert(found, field)
  end
end
return found`;
const fields = 5;

/** What Redis shows of one session at one moment. */
export interface Sight {
  owner: string;
  epoch: number;
  /** When the journal was written last, and under which epoch. */
  journalEpoch: number | undefined;
  journalAt: string;
}

/**
 * What is wrong with who owns a session, seen after what was seen before; undefined: nothing.
 * Epochs only rise, an epoch has one owner, and nobody but the owner writes the journal.
 */
export function wrongOwner(before: Sight | undefined, now: Sight): string | undefined {
  if (before === undefined) return undefined;
  if (now.epoch < before.epoch) return `epoch ${now.epoch} after ${before.epoch}`;
  if (now.epoch === before.epoch && now.owner !== before.owner)
    return `epoch ${now.epoch} of ${now.owner} and of ${before.owner}`;
  const isWritten = now.journalAt !== before.journalAt;
  if (
    isWritten &&
    now.epoch === before.epoch &&
    now.journalEpoch !== undefined &&
    now.journalEpoch < now.epoch
  )
    return `a journal of epoch ${now.journalEpoch} was written in epoch ${now.epoch}`;
  return undefined;
}

/** Looks at every pin and journal, again and again, until it is ended. */
export class OwnershipWatch {
  readonly #redis: Redis;
  readonly #keys: ReturnType<typeof keysOf>;
  readonly #seen = new Map<string, Sight>();
  readonly #wrong = new Map<string, string>();
  #isEnded = false;
  #looks = 0;

  constructor(redisUrl: string, clusterName: string) {
    this.#redis = new Redis(redisUrl, {
      commandTimeout: 1000,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 200,
    });
    // It is away now and then: that is what the run is about.
    this.#redis.on('error', () => {});
    this.#keys = keysOf(clusterName);
    void this.#watch();
  }

  /** How often it has seen what there is; without that nothing can be wrong. */
  get looks(): number {
    return this.#looks;
  }

  /** One line for each session that had two owners. */
  get wrong(): string[] {
    return [...this.#wrong].map(([session, what]) => `${session}: ${what}`);
  }

  end(): void {
    this.#isEnded = true;
    this.#redis.disconnect();
  }

  async #watch(): Promise<void> {
    while (!this.#isEnded) {
      await this.#look().catch(() => {});
      await wait(lookEveryMs);
    }
  }

  async #look(): Promise<void> {
    const { pin, journal } = this.#keys;
    const found = (await this.#redis.eval(sights, 2, pin(''), journal(''))) as string[];
    if (found.length > 0) this.#looks++;
    for (let at = 0; at < found.length; at += fields) {
      const [session = '', owner = '', epoch, journalEpoch, journalAt = ''] = found.slice(at, at + fields);
      if (owner === '' || !epoch) continue;
      const sight: Sight = {
        owner,
        epoch: Number(epoch),
        journalEpoch: journalEpoch ? Number(journalEpoch) : undefined,
        journalAt,
      };
      const what = wrongOwner(this.#seen.get(session), sight);
      if (what !== undefined) this.#wrong.set(session, what);
      this.#seen.set(session, sight);
    }
  }
}
