import type { Config } from '@vjj/shared/config.ts';
import { identitySecretHere } from '@vjj/shared/evidence/local-key.ts';
import { personId } from '../../../src/evidence/person.ts';
import type { AuditStore, EventQuery } from '../store.ts';
import { masterKeyHere, WordReader } from '../words.ts';
import { type Call, isPersonId, Problem, type Values } from './call.ts';
import { type ReadEvent, readEvents } from './read-events.ts';

/** The events that fit what was typed. */
export function matching({ store, config, values }: Call): AsyncGenerator<ReadEvent> {
  const { session, tenant, user, type, decision, reason, from, to, text } = values;
  const isFingerprint = user !== undefined && !isPersonId(user);
  const query: EventQuery = {
    ...(session !== undefined && { session }),
    ...(tenant !== undefined && { tenant }),
    ...(user !== undefined && {
      user: isFingerprint ? personId(identitySecretHere(config), tenant ?? 'default', user, '') : user,
    }),
    ...(type !== undefined && { type }),
    ...(decision !== undefined && { decision }),
    ...(reason !== undefined && { reason }),
    ...(from !== undefined && { fromMs: time('--from', from) }),
    ...(to !== undefined && { toMs: time('--to', to) }),
  };
  return readEvents(store, wordReader(store, config, values), query, text);
}

function time(option: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Problem(`${option} is a time like 2026-11-24 or 2026-11-24T10:00Z`);
  return ms;
}

export function wordReader(store: AuditStore, config: Readonly<Config>, values: Values): WordReader {
  return new WordReader(store.keys, values['without-words'] ? undefined : masterKeyHere(config));
}

export function asJson({ event, words, late, where }: ReadEvent): Record<string, unknown> {
  return { ...event, ...words, late, where };
}
