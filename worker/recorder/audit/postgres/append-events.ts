import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import type { PoolClient } from 'pg';
import { eventFacts } from '../event-facts.ts';
import type { Incoming, IncomingBatch } from '../incoming.ts';
import type { AppendOutcome, ChainPlace } from '../store.ts';
import { column } from './transaction.ts';

/**
 * Stores a batch, notes what it adds to its chains, and keeps apart what is no event.
 * @param client within a transaction
 */
export async function appendEvents(
  client: PoolClient,
  { events, refused, duplicates }: IncomingBatch,
): Promise<AppendOutcome> {
  if (refused.length > 0) {
    await client.query(
      'INSERT INTO audit_refused (detail, line) SELECT * FROM unnest($1::text[], $2::bytea[])',
      [refused.map(({ detail }) => column(detail)), refused.map(({ line }) => Buffer.from(line))],
    );
  }
  if (events.length === 0) {
    return { stored: 0, duplicates, late: 0, refused: refused.length, conflicts: [] };
  }
  const late = await lateOnes(client, events);
  const inserted = await insertEvents(client, events, late);
  const isNew = (event: AuditEvent) => inserted.has(event.hash);
  const fresh = events.filter(({ event }) => isNew(event));
  const conflicts = await conflictsOf(client, fresh);
  const isConflict = new Set(conflicts.map(placeName));
  await noteChains(
    client,
    fresh.filter(({ event }) => !isConflict.has(placeName(event))),
  );
  return {
    stored: fresh.length,
    duplicates: duplicates + events.length - fresh.length,
    late: fresh.filter(({ event }) => late.has(event.hash)).length,
    refused: refused.length,
    conflicts,
  };
}

const placeName = ({ session, epoch, seq }: ChainPlace): string => JSON.stringify([session, epoch, seq]);

/** Hashes of the events whose chain had ended, or whose session had moved on. */
async function lateOnes(client: PoolClient, events: readonly Incoming[]): Promise<Set<string>> {
  const sessions = [...new Set(events.map(({ event }) => column(event.session)))];
  const { rows } = await client.query<{ session: string; epoch: number; ended: boolean }>(
    'SELECT session, epoch, ended FROM audit_chains WHERE session = ANY ($1)',
    [sessions],
  );
  const newest = new Map<string, number>();
  const ended = new Set<string>();
  for (const row of rows) {
    newest.set(row.session, Math.max(newest.get(row.session) ?? 0, row.epoch));
    if (row.ended) ended.add(JSON.stringify([row.session, row.epoch]));
  }
  const late = new Set<string>();
  for (const { event } of events) {
    const session = column(event.session);
    const hasMoved = (newest.get(session) ?? 0) > event.epoch;
    if (hasMoved || ended.has(JSON.stringify([session, event.epoch]))) late.add(event.hash);
  }
  return late;
}

/** @returns hashes of those that were not there yet */
async function insertEvents(
  client: PoolClient,
  events: readonly Incoming[],
  late: ReadonlySet<string>,
): Promise<Set<string>> {
  const rows = events.map(({ line, event }) => ({ line, event, facts: eventFacts(event) }));
  const { rows: inserted } = await client.query<{ hash: string }>(
    `INSERT INTO audit_events (session, epoch, seq, hash, tenant, person, type, at, decision, reasons, late, line)
     SELECT session, epoch, seq, hash, tenant, person, type, at, decision,
       ARRAY(SELECT jsonb_array_elements_text(reasons)), late, line
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::timestamptz[], $9::text[], $10::jsonb[], $11::bool[], $12::text[])
       AS t (session, epoch, seq, hash, tenant, person, type, at, decision, reasons, late, line)
     ON CONFLICT DO NOTHING RETURNING hash`,
    [
      rows.map(({ event }) => column(event.session)),
      rows.map(({ event }) => event.epoch),
      rows.map(({ event }) => event.seq),
      rows.map(({ event }) => event.hash),
      rows.map(({ event }) => column(event.tenant)),
      rows.map(({ event }) => column(event.user)),
      rows.map(({ event }) => column(event.type)),
      rows.map(({ event }) => event.at),
      rows.map(({ facts }) => (facts.decision === undefined ? null : column(facts.decision))),
      rows.map(({ facts }) => JSON.stringify(facts.reasons.map(column))),
      rows.map(({ event }) => late.has(event.hash)),
      rows.map(({ line }) => line),
    ],
  );
  return new Set(inserted.map(({ hash }) => hash));
}

/** Of these, which are just stored, those whose place another one has. */
async function conflictsOf(client: PoolClient, fresh: readonly Incoming[]): Promise<ChainPlace[]> {
  if (fresh.length === 0) return [];
  const { rows } = await client.query<ChainPlace>(
    `SELECT t.session, t.epoch, t.seq FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[])
       AS t (session, epoch, seq, hash)
     WHERE EXISTS (SELECT 1 FROM audit_events e
       WHERE (e.session, e.epoch, e.seq) = (t.session, t.epoch, t.seq) AND e.hash <> t.hash)`,
    [
      fresh.map(({ event }) => column(event.session)),
      fresh.map(({ event }) => event.epoch),
      fresh.map(({ event }) => event.seq),
      fresh.map(({ event }) => event.hash),
    ],
  );
  return rows;
}

/** Chain by chain in their order, so that two recorders never wait for each other in a circle. */
async function noteChains(client: PoolClient, fresh: readonly Incoming[]): Promise<void> {
  const chains = new Map<string, { last: AuditEvent; events: number; ended: boolean }>();
  for (const { event } of fresh) {
    const name = JSON.stringify([event.session, event.epoch]);
    const chain = chains.get(name) ?? { last: event, events: 0, ended: false };
    chains.set(name, chain);
    chain.last = event;
    chain.events++;
    chain.ended ||= eventFacts(event).isLast;
  }
  if (chains.size === 0) return;
  const rows = [...chains.values()];
  await client.query(
    `INSERT INTO audit_chains AS c (session, epoch, last_seq, last_hash, events, ended)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bool[])
     ON CONFLICT (session, epoch) DO UPDATE SET events = c.events + excluded.events, unsealed = true,
       received_at = now(), ended = c.ended OR excluded.ended,
       last_hash = CASE WHEN excluded.last_seq > c.last_seq THEN excluded.last_hash ELSE c.last_hash END,
       last_seq = greatest(c.last_seq, excluded.last_seq)`,
    [
      rows.map(({ last }) => column(last.session)),
      rows.map(({ last }) => last.epoch),
      rows.map(({ last }) => last.seq),
      rows.map(({ last }) => last.hash),
      rows.map(({ events }) => events),
      rows.map(({ ended }) => ended),
    ],
  );
}
