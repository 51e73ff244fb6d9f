import { eventFacts } from '../event-facts.ts';
import type { ReadEvent } from './read-events.ts';

const columns = [
  'at',
  'session',
  'epoch',
  'seq',
  'tenant',
  'user',
  'agent',
  'type',
  'decision',
  'reason_codes',
  'who',
  'what',
  'payload',
  'late',
  'hash',
] as const;

export const csvHead = `${columns.join(',')}\r\n`;

export function csvRow({ event, described, late }: ReadEvent): string {
  const { decision, reasons } = eventFacts(event);
  const row: Record<(typeof columns)[number], string> = {
    at: event.at,
    session: event.session,
    epoch: String(event.epoch),
    seq: String(event.seq),
    tenant: event.tenant,
    user: event.user,
    agent: event.agent,
    type: event.type,
    decision: decision ?? '',
    reason_codes: reasons.join(' '),
    who: described.who,
    what: described.text,
    payload: JSON.stringify(event.payload),
    late: String(late),
    hash: event.hash,
  };
  return `${columns.map((column) => cell(row[column])).join(',')}\r\n`;
}

/** Callers decide what stands here; a spreadsheet must not take it for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
