import { randomUUID } from 'node:crypto';
import { genesis, sealEvent } from '@vjj/shared/evidence/event.ts';
import type { EventType, PayloadOf } from '@vjj/shared/evidence/event-types.ts';
import type { AuditStore, Person } from './store.ts';

export interface Deed<T extends EventType> {
  /** What the name of its chain begins with: `erasure`, `retention`. */
  chain: string;
  /** Whom it concerned; absent: nobody in particular. */
  person?: Person;
  atMs: number;
  type: T;
  payload: PayloadOf<T>;
}

/** Puts on record what was done to what is stored, in a chain of its own. @returns that chain's session, `<chain>:<id>` */
export async function recordDeed<T extends EventType>(store: AuditStore, deed: Deed<T>): Promise<string> {
  const { chain, atMs, type, payload } = deed;
  const session = `${chain}:${randomUUID()}`;
  const { tenant, user } = deed.person ?? { tenant: 'default', user: `anon:${session}` };
  const { line } = sealEvent({
    chain: { session, tenant, user, agent: '', epoch: atMs },
    seq: 0,
    atMs,
    type,
    payload,
    prev: genesis(session, atMs),
  });
  await store.append([line]);
  return session;
}
