import type { EventQuery } from '../store.ts';
import type { EventPlace } from './event-notes.ts';
import type { IndexDatabase, Value } from './index-database.ts';

/** So many places are looked up at once. */
export const pageRows = 1000;

/** Where an event lies. */
export interface IndexedPlace extends EventPlace {
  segment: string;
  /** What places are put in order by; the same in an index that was made anew. */
  key: [atMs: number, session: string, epoch: number, seq: number, hash: Uint8Array];
}

interface IndexedRow {
  segment: string;
  line: number;
  offset: number;
  length: number;
  late: number;
  atMs: number;
  session: string;
  epoch: number;
  seq: number;
  hash: Uint8Array;
}

/** Places of what fits, by time, `pageRows` at most: the index is not held while others work with them. */
export function findPlaces(
  db: IndexDatabase,
  query: EventQuery,
  after: IndexedPlace | undefined,
): IndexedPlace[] {
  const { where, values } = conditions(query, after);
  // In this order: for each event its chain and segment, and the events by the index that is named.
  const rows = db.all<IndexedRow>(
    `SELECT s.name AS segment, e.line, e.offset, e.length, e.late, e.at_ms AS atMs, c.session, c.epoch, e.seq, e.hash
     FROM events e ${indexFor(query)} CROSS JOIN chains c ON c.id = e.chain CROSS JOIN segments s ON s.id = e.segment
     WHERE ${where.join(' AND ')} ORDER BY e.at_ms, c.session, c.epoch, e.seq, e.hash LIMIT ${pageRows}`,
    ...values,
  );
  return rows.map(({ segment, line, offset, length, late, atMs, session, epoch, seq, hash }) => ({
    ...{ segment, line, offset, length, late: late === 1 },
    key: [atMs, session, epoch, seq, hash],
  }));
}

/** Whatever leaves the fewest to be looked at; the database does not know how many there are of what. */
function indexFor({ session, user, reason, tenant }: EventQuery): string {
  if (session !== undefined) return 'INDEXED BY events_chain';
  if (user !== undefined) return 'INDEXED BY events_user';
  // By their ids.
  if (reason !== undefined) return 'NOT INDEXED';
  return tenant !== undefined ? 'INDEXED BY events_tenant' : 'INDEXED BY events_at';
}

function conditions(
  query: EventQuery,
  after: IndexedPlace | undefined,
): { where: string[]; values: Value[] } {
  const where: string[] = [];
  const values: Value[] = [];
  const also = (condition: string, ...its: Value[]) => {
    where.push(condition);
    values.push(...its);
  };
  const { session, reason, fromMs, toMs } = query;
  const named = '(SELECT id FROM names WHERE name = ?)';
  if (session !== undefined) also('e.chain IN (SELECT id FROM chains WHERE session = ?)', session);
  if (reason !== undefined) also(`e.id IN (SELECT event FROM reasons WHERE reason = ${named})`, reason);
  for (const column of ['tenant', 'user', 'type', 'decision'] as const) {
    const value = query[column];
    if (value !== undefined) also(`e.${column} = ${named}`, value);
  }
  const sinceMs = Math.max(fromMs ?? -Infinity, after?.key[0] ?? -Infinity);
  also('e.at_ms >= ?', sinceMs);
  if (toMs !== undefined) also('e.at_ms < ?', toMs);
  if (after !== undefined)
    also('(e.at_ms, c.session, c.epoch, e.seq, e.hash) > (?, ?, ?, ?, ?)', ...after.key);
  return { where, values };
}
