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

/**
 * Sessions in which a former owner still had an effect after the next one had had its first.
 * What it had begun before, and tells of when it lets go, is none.
 */
export function overlappingOwners(events: Iterable<Stored>): string[] {
  const first = new Map<string, Map<number, number>>();
  const last = new Map<string, Map<number, number>>();
  for (const { session, epoch, type, at } of events) {
    if (!effects.has(type)) continue;
    const ms = Date.parse(at);
    note(first, session, epoch, ms, Math.min);
    note(last, session, epoch, ms, Math.max);
  }
  return [...first.keys()].filter((session) => {
    const epochs = [...first.get(session)!.keys()].sort((a, b) => a - b);
    return epochs.some((epoch, at) => {
      const next = epochs[at + 1];
      return next !== undefined && last.get(session)!.get(epoch)! > first.get(session)!.get(next)!;
    });
  });
}

function note(
  all: Map<string, Map<number, number>>,
  session: string,
  epoch: number,
  ms: number,
  pick: (a: number, b: number) => number,
): void {
  const of = all.get(session) ?? new Map<number, number>();
  all.set(session, of);
  of.set(epoch, pick(of.get(epoch) ?? ms, ms));
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
