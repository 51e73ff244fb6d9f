import { type AuditEvent, parseEventLine } from '@vjj/shared/evidence/event.ts';
import { type Described, describeEvent } from '../describe-event.ts';
import { inChainOrder } from '../incoming.ts';
import type { AuditStore, EventQuery } from '../store.ts';
import type { WordReader, Words } from '../words.ts';

/** An event with all that can be told of it. */
export interface ReadEvent {
  event: AuditEvent;
  words: Words;
  described: Described;
  late: boolean;
  where: string;
}

/** What fits, by time. Lines that were changed are left to `verify`. */
export async function* readEvents(
  store: AuditStore,
  words: WordReader,
  query: EventQuery,
  text?: string,
): AsyncGenerator<ReadEvent> {
  const wanted = text?.toLocaleLowerCase();
  for await (const { line, late, where } of store.find(query)) {
    const parsed = parseEventLine(line);
    if (!('event' in parsed)) continue;
    const { event } = parsed;
    const read = await words.read(event);
    const found: ReadEvent = { event, words: read, described: describeEvent(event, read), late, where };
    if (wanted === undefined || holds(found, wanted)) yield found;
  }
}

/** One session in the order in which it went, across its moves. */
export async function readSession(
  store: AuditStore,
  words: WordReader,
  session: string,
): Promise<ReadEvent[]> {
  const events: ReadEvent[] = [];
  for await (const one of readEvents(store, words, { session })) events.push(one);
  return events.sort((a, b) => inChainOrder(a.event, b.event));
}

function holds({ event, words, described }: ReadEvent, wanted: string): boolean {
  const personal = words !== undefined && 'personal' in words ? Object.values(words.personal) : [];
  return [described.text, JSON.stringify(event.payload), ...personal].some(
    (text) => typeof text === 'string' && text.toLocaleLowerCase().includes(wanted),
  );
}
