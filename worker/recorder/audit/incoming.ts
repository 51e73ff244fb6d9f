import { type AuditEvent, parseEventLine } from '@vjj/shared/evidence/event.ts';

/** An event on its way into the store. */
export interface Incoming {
  line: string;
  event: AuditEvent;
}

/** A line that is no event; it is kept beside the store, so that nothing that was sent is lost. */
export interface RefusedLine {
  line: string;
  detail: string;
}

export interface IncomingBatch {
  /** In the order of their chains, which is how they are stored; each once. */
  events: Incoming[];
  refused: RefusedLine[];
  /** Came twice in this batch. */
  duplicates: number;
}

export function readIncoming(lines: readonly string[]): IncomingBatch {
  const events: Incoming[] = [];
  const refused: RefusedLine[] = [];
  const seen = new Set<string>();
  let duplicates = 0;
  for (const line of lines) {
    const parsed = line.includes('\n') ? { detail: 'it is more than one line' } : parseEventLine(line);
    if (!('event' in parsed)) {
      refused.push({ line, detail: parsed.detail });
    } else if (seen.has(parsed.event.hash)) {
      duplicates++;
    } else {
      seen.add(parsed.event.hash);
      events.push({ line, event: parsed.event });
    }
  }
  events.sort((a, b) => inChainOrder(a.event, b.event));
  return { events, refused, duplicates };
}

type Place = Pick<AuditEvent, 'session' | 'epoch' | 'seq'>;

/** By session, epoch, seq. */
export function inChainOrder(a: Place, b: Place): number {
  if (a.session !== b.session) return a.session < b.session ? -1 : 1;
  return a.epoch - b.epoch || a.seq - b.seq;
}
