import { existsSync } from 'node:fs';
import type { Config } from '@vjj/shared/config.ts';
import { type AuditEvent, openSealed } from '@vjj/shared/evidence/event.ts';
import type { PersonalFields } from '@vjj/shared/evidence/event-types.ts';
import { auditMasterKey, localKeyPath } from '@vjj/shared/evidence/local-key.ts';
import { unwrapKey } from '@vjj/shared/evidence/session-key.ts';
import type { KeyStore } from './store.ts';

/**
 * What an event says of a person: its words; `erased`: the key is not there, or not yet; `locked`: it is, and the
 * master key here does not open it.
 */
export type Words = { personal: PersonalFields } | { withheld: 'erased' | 'locked' } | undefined;

/** The master key, where this host has it; none is made. */
export function masterKeyHere(
  config: Pick<Config, 'AUDIT_MASTER_KEY' | 'LOCAL_KEY_DIR'>,
): Buffer | undefined {
  const isThere =
    config.AUDIT_MASTER_KEY !== '' || existsSync(localKeyPath(config.LOCAL_KEY_DIR, 'audit-master'));
  return isThere ? auditMasterKey(config).bytes : undefined;
}

/** What is sealed, and whose it is. */
export type Sealed = Pick<AuditEvent, 'session' | 'epoch' | 'seq' | 'tenant' | 'user' | 'sealed'>;

type SessionKey = Buffer | 'erased' | 'locked';

/** The key of a session, as far as it is there and the master key here opens it. */
export async function sessionKeyOf(
  of: Parameters<KeyStore['get']>[0],
  keys: KeyStore,
  master: Buffer | undefined,
): Promise<SessionKey> {
  const record = await keys.get(of);
  if (record === undefined) return 'erased';
  if (master === undefined) return 'locked';
  try {
    return unwrapKey(record, master);
  } catch {
    return 'locked';
  }
}

/** Reads what is sealed, as far as the keys are there. */
export class WordReader {
  readonly #keys: KeyStore;
  readonly #master: Buffer | undefined;
  #newest: { name: string; key: SessionKey } | undefined;

  /** @param master undefined: nothing is read */
  constructor(keys: KeyStore, master: Buffer | undefined) {
    this.#keys = keys;
    this.#master = master;
  }

  /** Undefined when the event has none. */
  async read(event: Sealed): Promise<Words> {
    if (event.sealed === undefined) return undefined;
    const name = JSON.stringify([event.session, event.epoch, event.tenant, event.user]);
    if (this.#newest?.name !== name)
      this.#newest = { name, key: await sessionKeyOf(event, this.#keys, this.#master) };
    const { key } = this.#newest;
    if (typeof key === 'string') return { withheld: key };
    try {
      const personal = openSealed(event, key);
      return personal && { personal };
    } catch {
      return { withheld: 'locked' };
    }
  }
}
