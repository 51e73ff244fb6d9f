import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEvent } from '@vjj/shared/evidence/event.ts';

/** What a caller is shown, and the event without which it may not be. */
const shown = {
  'provider.ready': 'session.started',
  'session.moved': 'session.moved',
  'session.resumed': 'session.resumed',
  user_transcript: 'user.transcript',
  'policy.decision': 'policy.decision',
  'lane.state_changed': 'lane.changed',
  transcript: 'assistant.transcript',
  'tool.call': 'tool.call',
  'tool.result': 'tool.result',
} as const;
export const shownKinds: ReadonlySet<string> = new Set(Object.keys(shown));

/** What is looked at of an event that was stored. */
export type Stored = Pick<AuditEvent, 'session' | 'epoch' | 'type' | 'at'>;

/** How often each session was shown what. */
export type Seen = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Events that are not stored though a caller has seen their effect. */
export function missingEvents(seen: Seen, events: Iterable<Stored>): string[] {
  const stored = new Map<string, number>();
  for (const { session, type } of events) {
    const key = `${session} ${type}`;
    stored.set(key, (stored.get(key) ?? 0) + 1);
  }
  const missing: string[] = [];
  for (const [session, kinds] of Object.entries(seen)) {
    for (const [kind, times] of Object.entries(kinds)) {
      const type = shown[kind as keyof typeof shown];
      const have = stored.get(`${session} ${type}`) ?? 0;
      for (let i = have; i < times; i++) missing.push(`${session}: ${type} of a ${kind}`);
    }
  }
  return missing;
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

/** Every event the recorders have stored, each once. Whether they are what was written is `verify`'s matter. */
export function storedEvents(folder: string): Stored[] {
  const known = new Set<string>();
  const events: Stored[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.jsonl')) continue;
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (!line.startsWith('{"v":1,"session"')) continue;
      const { session, epoch, seq, type, at } = JSON.parse(line) as AuditEvent;
      const place = `${session} ${epoch} ${seq}`;
      if (known.has(place)) continue;
      known.add(place);
      events.push({ session, epoch, type, at });
    }
  }
  return events;
}
