import { type AuditEvent, parseEventLine } from '@vjj/shared/evidence/event.ts';
import type { Pool } from 'pg';
import { eventFacts } from '../event-facts.ts';
import type { EventQuery, Scanned, StoredLine } from '../store.ts';
import { column } from './transaction.ts';

const pageRows = 1000;

interface FoundRow {
  id: number;
  at: string;
  line: string;
  late: boolean;
}

interface ScannedRow {
  id: number;
  session: string;
  epoch: number;
  seq: number;
  hash: string;
  tenant: string;
  person: string;
  type: string;
  at: Date | number;
  decision: string | null;
  reasons: string[];
  late: boolean;
  line: string;
}

const rowName = (id: number): string => `audit_events id=${id}`;

/** What fits, by time, page after page. */
export async function* findEvents(pool: Pool, query: EventQuery): AsyncGenerator<StoredLine> {
  const { where, values } = conditions(query);
  let after: [at: string, id: number] | undefined;
  for (;;) {
    const place = after === undefined ? '' : `AND (at, id) > ($${values.length + 1}, $${values.length + 2})`;
    const { rows } = await pool.query<FoundRow>(
      `SELECT id, at::text AS at, line, late FROM audit_events WHERE ${where.join(' AND ')} ${place}
       ORDER BY audit_events.at, id LIMIT ${pageRows}`,
      [...values, ...(after ?? [])],
    );
    for (const { id, line, late } of rows) yield { line, where: rowName(id), late };
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    after = [last.at, last.id];
  }
}

/** Everything as it lies, with what its columns say otherwise than its line. */
export async function* scanEvents(pool: Pool): AsyncGenerator<Scanned> {
  let after = 0;
  for (;;) {
    const { rows } = await pool.query<ScannedRow>(
      `SELECT id, session, epoch, seq, hash, tenant, person, type, at, decision,
         reasons, late, line FROM audit_events WHERE id > $1
       ORDER BY id LIMIT ${pageRows}`,
      [after],
    );
    for (const row of rows) {
      const where = rowName(row.id);
      const parsed = parseEventLine(row.line);
      const wrong = 'event' in parsed ? wrongColumns(row, parsed.event) : [];
      if (wrong.length > 0) {
        const detail = `${wrong.join(', ')} of the row ${wrong.length === 1 ? 'is' : 'are'} not what its line says`;
        yield { kind: 'problem', problem: 'edited', where, detail };
      }
      yield { kind: 'event', line: row.line, where, late: row.late };
      after = row.id;
    }
    if (rows.length < pageRows) break;
  }
  const { rows } = await pool.query<{ n: number | null }>('SELECT max(sealed) AS n FROM audit_chains');
  const n = rows[0]?.n ?? 0;
  if (n > 0) yield { kind: 'sealed', n, where: 'audit_chains' };
}

function wrongColumns(row: ScannedRow, event: AuditEvent): string[] {
  const said = { ...event, person: event.user };
  const wrong: string[] = (['session', 'hash', 'tenant', 'person', 'type'] as const).filter(
    (name) => row[name] !== column(said[name]),
  );
  if (row.epoch !== event.epoch) wrong.push('epoch');
  if (row.seq !== event.seq) wrong.push('seq');
  const { atMs, decision, reasons } = eventFacts(event);
  // Further in the past or future than a date of ours can be, it is `infinity`, a number.
  if (!(row.at instanceof Date) || row.at.getTime() !== atMs) wrong.push('at');
  if (row.decision !== (decision === undefined ? null : column(decision))) wrong.push('decision');
  if (JSON.stringify(row.reasons) !== JSON.stringify(reasons.map(column))) wrong.push('reasons');
  return wrong;
}

function conditions(query: EventQuery): { where: string[]; values: unknown[] } {
  const where = ['true'];
  const values: unknown[] = [];
  const add = (condition: string, value: unknown) => {
    if (value === undefined) return;
    values.push(typeof value === 'string' ? column(value) : value);
    where.push(condition.replace('?', `$${values.length}`));
  };
  add('session = ?', query.session);
  add('tenant = ?', query.tenant);
  add('person = ?', query.user);
  add('type = ?', query.type);
  add('decision = ?', query.decision);
  add('reasons @> ARRAY[?::text]', query.reason);
  add('at >= ?', query.fromMs === undefined ? undefined : new Date(query.fromMs));
  add('at < ?', query.toMs === undefined ? undefined : new Date(query.toMs));
  return { where, values };
}
