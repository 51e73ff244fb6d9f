import type { ClientBase } from 'pg';
import { newerSchema } from './what-to-do.ts';

/** Each is run once, in this order; what has been released is never changed, only followed. */
const migrations: readonly string[] = [
  `CREATE TABLE audit_events (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     session text NOT NULL, epoch bigint NOT NULL, seq bigint NOT NULL, hash text NOT NULL,
     tenant text NOT NULL, person text NOT NULL, type text NOT NULL, at timestamptz NOT NULL,
     decision text, reasons text[] NOT NULL,
     late boolean NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
     line text NOT NULL,
     UNIQUE (session, epoch, seq, hash));
   CREATE INDEX audit_events_at ON audit_events (at, id);
   CREATE INDEX audit_events_tenant ON audit_events (tenant, at, id);
   CREATE INDEX audit_events_person ON audit_events (person, at, id);
   CREATE INDEX audit_events_reasons ON audit_events USING gin (reasons);
   CREATE TABLE audit_chains (
     session text NOT NULL, epoch bigint NOT NULL, last_seq bigint NOT NULL, last_hash text NOT NULL,
     events bigint NOT NULL, ended boolean NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
     unsealed boolean NOT NULL DEFAULT true, sealed bigint NOT NULL DEFAULT 0,
     PRIMARY KEY (session, epoch));
   CREATE INDEX audit_chains_unsealed ON audit_chains (session) WHERE unsealed;
   CREATE TABLE audit_checkpoints (n bigint PRIMARY KEY, line text NOT NULL, leaves text NOT NULL);
   CREATE TABLE audit_copied (target text PRIMARY KEY, n bigint NOT NULL);
   CREATE TABLE audit_refused (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now(),
     detail text NOT NULL, line bytea NOT NULL);
   CREATE TABLE audit_keys (
     tenant text NOT NULL, person text NOT NULL, session text NOT NULL, epoch bigint NOT NULL, record text NOT NULL,
     PRIMARY KEY (tenant, person, session, epoch));
   CREATE TABLE audit_erased (
     tenant text NOT NULL, person text NOT NULL, at_ms bigint NOT NULL, sessions text[] NOT NULL,
     PRIMARY KEY (tenant, person));`,
  `CREATE TABLE audit_recordings (
     session text NOT NULL, epoch bigint NOT NULL, tenant text NOT NULL, person text NOT NULL,
     stored_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (session, epoch));
   CREATE INDEX audit_recordings_person ON audit_recordings (tenant, person);
   CREATE TABLE audit_recording_parts (
     session text NOT NULL, epoch bigint NOT NULL, n integer NOT NULL, bytes bytea NOT NULL,
     PRIMARY KEY (session, epoch, n),
     FOREIGN KEY (session, epoch) REFERENCES audit_recordings ON DELETE CASCADE);`,
];

/** Any number; the same for all recorders. */
const migrationLock = 7_461_001;
export const sealLock = 7_461_002;

/**
 * Brings the schema up to date. Recorders that start together wait for the first of them.
 * @throws when it cannot; the connection must be ended then, which undoes what was begun
 */
export async function migrate(client: ClientBase): Promise<void> {
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
  await client.query('CREATE TABLE IF NOT EXISTS audit_schema (version integer NOT NULL)');
  const { rows } = await client.query<{ version: number | null }>(
    'SELECT max(version) AS version FROM audit_schema',
  );
  const version = rows[0]?.version ?? 0;
  if (version > migrations.length) {
    const problem = `the audit schema has version ${version}; this recorder knows ${migrations.length}`;
    throw Object.assign(new Error(problem), { code: newerSchema });
  }
  for (let next = version; next < migrations.length; next++) {
    await client.query(migrations[next]!);
    await client.query('INSERT INTO audit_schema VALUES ($1)', [next + 1]);
  }
  await client.query('COMMIT');
}
