import { readFileSync } from 'node:fs';
import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import type { ServerMessage, ServerMessageType } from '@vjj/shared/protocol/messages.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a caller is shown, the event without which it may not be, and the fields in which the two agree. */
const shown: Partial<Record<ServerMessageType, readonly [type: string, ...fields: string[]]>> = {
  'provider.ready': ['session.started'],
  'session.moved': ['session.moved'],
  'session.resumed': ['session.resumed', 'fromSeq', 'lost'],
  user_transcript: ['user.transcript'],
  'policy.decision': ['policy.decision', 'decision', 'reasonCodes', 'severity'],
  'lane.state_changed': ['lane.changed', 'from', 'to', 'cause'],
  transcript: ['assistant.transcript'],
  'tool.call': ['tool.call'],
  'tool.result': ['tool.result'],
};
const fieldsOf = new Map(Object.values(shown).map(([type, ...fields]) => [type, fields]));

/** The event that a message must have, its type and what is told of it; undefined: it needs none. */
export function evidenceOf(message: ServerMessage): string | undefined {
  const [type] = shown[message.type] ?? [];
  if (type === undefined || ('isFinal' in message && !message.isFinal)) return undefined;
  return named(type, message as unknown as Fields);
}

const named = (type: string, values: Fields): string =>
  [type, ...(fieldsOf.get(type) ?? []).map((field) => JSON.stringify(values[field]))].join(' ');

/** What is looked at of an event that was stored. */
export type Stored = Pick<AuditEvent, 'session' | 'epoch' | 'seq' | 'type' | 'at' | 'payload'>;

/** How often each session was shown what, by the event it must have. */
export type Seen = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Events that are not stored though a caller has seen their effect. */
export function missingEvents(seen: Seen, events: Iterable<Stored>): string[] {
  const stored = counted(events, ({ session, type, payload }) => `${session} ${named(type, payload)}`);
  const missing: string[] = [];
  for (const [session, kinds] of Object.entries(seen)) {
    for (const [event, times] of Object.entries(kinds)) {
      const have = stored.get(`${session} ${event}`) ?? 0;
      for (let i = have; i < times; i++) missing.push(`${session}: ${event}`);
    }
  }
  return missing;
}

/** Events that whoever reads the trail finds twice, and sessions that are said to have begun twice. */
export function doubledEvents(events: readonly Stored[]): string[] {
  const places = counted(events, ({ session, epoch, seq }) => `${session}: epoch ${epoch}, seq ${seq}`);
  const starts = counted(
    events.filter(({ type }) => type === 'session.started'),
    ({ session }) => `${session}: session.started`,
  );
  return [...places, ...starts].filter(([, times]) => times > 1).map(([what]) => what);
}

function counted<T>(items: Iterable<T>, nameOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const name = nameOf(item);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** What has an effect outside: the words of both sides, and tools. */
const effects: ReadonlySet<string> = new Set(['user.transcript', 'assistant.transcript', 'tool.call']);

/** A former owner learns of it by its next heartbeat; until then it may finish what it had in hand, and reaches nobody. */
const learnsWithinMs = 2500;

/** Sessions in which a former owner had effects beside the next one for longer than it takes to learn of that. */
export function overlappingOwners(events: Iterable<Stored>): string[] {
  const sessions = new Map<string, Map<number, number[]>>();
  for (const { session, epoch, type, at } of events) {
    if (!effects.has(type)) continue;
    const epochs = sessions.get(session) ?? new Map<number, number[]>();
    sessions.set(session, epochs);
    epochs.set(epoch, [...(epochs.get(epoch) ?? []), Date.parse(at)]);
  }
  return [...sessions].filter(([, epochs]) => isShared(epochs)).map(([session]) => session);
}

/** @param epochs when each owner had effects, Unix ms */
function isShared(epochs: ReadonlyMap<number, readonly number[]>): boolean {
  const inOrder = [...epochs].sort(([a], [b]) => a - b).map(([, times]) => times);
  return inOrder.some((times, at) => {
    const next = inOrder[at + 1];
    if (next === undefined) return false;
    const beside = times.filter((ms) => ms > Math.min(...next));
    return beside.length > 0 && Math.max(...beside) - Math.min(...beside) > learnsWithinMs;
  });
}

/** @param file made by `npm run audit -- export --format json`: what an operator is shown of the trail */
export const exportedEvents = (file: string): Stored[] => JSON.parse(readFileSync(file, 'utf8')) as Stored[];
