import { parseEventLine } from '@vjj/shared/evidence/event.ts';
import { recordDeed } from '../record-deed.ts';
import type { AuditStore, Person } from '../store.ts';

export interface ErasureReport extends Person {
  keys: number;
  sessions: number;
  recordings: number | 'not removed';
  memory: 'queued' | 'not queued' | 'not needed';
  /** Session in which the erasure is recorded. */
  record: string;
}

/**
 * Destroys the keys of what a person said, has memory and vectors removed, and records that. What is recorded of them
 * stays, verifies, and can no longer be read.
 * What fails behind the keys is told, and the erasure can be run again.
 * @param forget hands the removal over
 */
export async function erasePerson(
  store: AuditStore,
  person: Person,
  forget: (person: Person) => Promise<void>,
): Promise<ErasureReport> {
  const atMs = Date.now();
  const { keys, sessions } = await store.keys.erase(person, atMs);
  // Nobody can read them any more; they only take room.
  const recordings = await store.recordings.erase(person).catch(() => 'not removed' as const);
  const memory = await removeMemory(person, forget);
  const record = await recordDeed(store, {
    chain: 'erasure',
    person,
    atMs,
    type: 'person.erased',
    payload: { keys, sessions: sessions.length, recordings, memory },
  });
  return { ...person, keys, sessions: sessions.length, recordings, memory, record };
}

async function removeMemory(
  person: Person,
  forget: (person: Person) => Promise<void>,
): Promise<ErasureReport['memory']> {
  // Nothing is remembered of who had no fingerprint.
  if (person.user.startsWith('anon:')) return 'not needed';
  return forget(person).then(
    () => 'queued',
    () => 'not queued',
  );
}

/** Tenants in which a person id occurs. */
export async function tenantsOf(store: AuditStore, user: string): Promise<string[]> {
  const tenants = new Set<string>();
  for await (const { line } of store.find({ user })) {
    const parsed = parseEventLine(line);
    if ('event' in parsed) tenants.add(parsed.event.tenant);
  }
  return [...tenants];
}
