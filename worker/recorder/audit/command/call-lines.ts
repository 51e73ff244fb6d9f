import {
  type CallHead,
  type CallStep,
  recordedCallVersion,
  type Told,
  toldTypes,
} from '@vjj/shared/evidence/recorded-call.ts';
import { askedKind, type Begun, type Entry, EntryKind } from '@vjj/shared/evidence/recording.ts';
import { type Call, Problem } from './call.ts';
import { wordReader } from './matching.ts';
import { readSession } from './read-events.ts';
import type { OpenedRecording } from './recordings.ts';

/** A recorded call as lines of JSON, in the clear: see `recorded-call.ts`. @throws {Problem} only its voices were recorded */
export async function callLines(
  call: Call,
  session: string,
  recordings: readonly OpenedRecording[],
): Promise<string[]> {
  const head = headOf(session, recordings);
  const told: Told[] = [];
  for (const { event, words } of await readSession(
    call.store,
    wordReader(call.store, call.config, call.values),
    session,
  )) {
    if (!toldTypes.has(event.type)) continue;
    const text = words !== undefined && 'personal' in words ? words.personal.text : undefined;
    told.push({ is: 'told', type: event.type, payload: event.payload, ...(text !== undefined && { text }) });
  }
  return [head, ...stepsOf(recordings), ...told].map((line) => `${JSON.stringify(line)}\n`);
}

function headOf(session: string, recordings: readonly OpenedRecording[]): CallHead {
  const [first] = recordings;
  const entry = first?.entries.find(({ kind }) => kind === EntryKind.begun);
  if (first === undefined || entry === undefined || recordings.some(({ head }) => head.what !== 'call')) {
    throw new Problem(
      `only the voices of ${session} were recorded; what is to be played again needs RECORD_CALLS`,
    );
  }
  const { agent, settings, start, version } = json<Begun>(entry);
  return {
    v: recordedCallVersion,
    is: 'call',
    session,
    recordedAt: new Date(first.head.startedAt).toISOString(),
    ...{ version, agent, settings },
    start: { ...start, type: 'session.start' },
  };
}

/** All epochs on one clock; connections to the voice service are numbered through. */
function stepsOf(recordings: readonly OpenedRecording[]): CallStep[] {
  const steps: CallStep[] = [];
  const beganAt = recordings[0]?.head.startedAt ?? 0;
  let connectionsBefore = 0;
  let hasEnded = true;
  for (const { head, entries } of recordings) {
    const sinceMs = head.startedAt - beganAt;
    let newest = 0;
    for (const entry of entries) {
      for (const step of stepOf(entry, hasEnded)) {
        const shifted = { ...step, at: round(step.at + sinceMs) };
        if ('connection' in shifted) {
          newest = Math.max(newest, shifted.connection);
          shifted.connection += connectionsBefore;
        }
        steps.push(shifted);
      }
    }
    connectionsBefore += newest;
    hasEnded = entries.at(-1)?.kind === EntryKind.ended;
  }
  return steps;
}

function stepOf(entry: Entry, hasEndedBefore: boolean): CallStep[] {
  const { kind, at, body } = entry;
  switch (kind) {
    case EntryKind.begun: {
      const { movedBecause } = json<Begun>(entry);
      return movedBecause === undefined
        ? []
        : [{ is: 'moved', at, cause: movedBecause, died: !hasEndedBefore }];
    }
    case EntryKind.clientText:
      return [{ is: 'frame', at, text: body.toString('utf8', 4) }];
    case EntryKind.clientBinary:
      return [{ is: 'binary', at, base64: body.toString('base64', 4) }];
    case EntryKind.lane:
      return [{ is: 'lane', at, ...json<{ from: string; to: string }>(entry) }];
    case EntryKind.lineLost:
      return [{ is: 'line-lost', at }];
    case EntryKind.lineBack:
      return [{ is: 'line-back', at }];
    case EntryKind.opened: {
      const { connection, refused } = json<{ connection: number; refused?: string }>(entry);
      return [
        refused === undefined
          ? { is: 'opened', at, connection }
          : { is: 'refused', at, connection, code: refused },
      ];
    }
    case EntryKind.received:
      return [{ is: 'received', at, connection: body.readUInt16LE(0), event: body.toString('utf8', 2) }];
    case EntryKind.sent: {
      const what = askedKind(JSON.parse(body.toString('utf8', 2)) as object);
      return what === undefined ? [] : [{ is: 'asked', at, connection: body.readUInt16LE(0), what }];
    }
    case EntryKind.closed:
      return [{ is: 'closed', at, ...json<{ connection: number; code: number }>(entry) }];
    case EntryKind.ended:
      return [{ is: 'ended', at, ...json<{ reason: string }>(entry) }];
    default:
      return [];
  }
}

const json = <T>({ body }: Entry): T => JSON.parse(body.toString()) as T;
const round = (ms: number): number => Math.round(ms * 1000) / 1000;
