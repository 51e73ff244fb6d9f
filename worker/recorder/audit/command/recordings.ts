import { parseEventLine } from '@vjj/shared/evidence/event.ts';
import { type RecordingEnd, RecordingError, readRecording } from '@vjj/shared/evidence/read-recording.ts';
import { type Entry, EntryKind, type RecordingHead } from '@vjj/shared/evidence/recording.ts';
import { masterKeyHere, sessionKeyOf } from '../words.ts';
import { type Call, Problem } from './call.ts';
import { withoutRepeats } from './without-repeats.ts';

/** What was recorded of a call in one epoch, in the clear. */
export interface OpenedRecording {
  head: RecordingHead;
  entries: Entry[];
  end: RecordingEnd;
}

/**
 * What was recorded of a session, epoch by epoch, and what there is to remark on it: that a worker was killed while it
 * wrote, that it is not what the trail says was recorded.
 * @throws {Problem} nothing was, it cannot be read, or its key is gone
 */
export async function recordingsOf(
  call: Pick<Call, 'store' | 'config'>,
  session: string,
): Promise<{ recordings: OpenedRecording[]; remarks: string[] }> {
  const { store, config } = call;
  const master = masterKeyHere(config);
  const keyOf = async (head: RecordingHead): Promise<Buffer> => {
    const key = await sessionKeyOf(head, store.keys, master);
    if (key === 'erased')
      throw new Problem(
        `what was recorded of ${session} cannot be read: its key was destroyed, or is not stored yet`,
      );
    if (key === 'locked')
      throw new Problem(
        `what was recorded of ${session} cannot be read: AUDIT_MASTER_KEY here is not the one it was sealed with`,
      );
    return key;
  };
  const recordings: OpenedRecording[] = [];
  for (const { epoch, read } of await store.recordings.find(session)) {
    const entries: Entry[] = [];
    try {
      const { head, end } = await readRecording(read(), keyOf, (entry) => entries.push(entry));
      if (head.session !== session || head.epoch !== epoch)
        throw new RecordingError('the recording that lies there is of another call');
      recordings.push({ head, entries, end });
    } catch (error) {
      if (error instanceof RecordingError)
        throw new Problem(`epoch ${epoch} of ${session}: ${error.message}`);
      throw error;
    }
  }
  const told = await toldOf(call, session);
  const gone = [...told.keys()].filter((epoch) => !recordings.some(({ head }) => head.epoch === epoch));
  const missing = gone.length === 0 ? [] : await missingOnes(call, told, gone);
  if (recordings.length === 0) {
    throw new Problem(
      missing.length > 0
        ? `of ${session} there is no recording any more: ${missing.join('; ')}`
        : `nothing is recorded of ${session}: STORE_RAW_AUDIO or RECORD_CALLS was off, the call still goes on, or its recording was removed`,
    );
  }
  const once = withoutRepeats(recordings.map(({ entries }) => entries));
  return {
    recordings: recordings.map((recording, at) => ({ ...recording, entries: once[at] ?? [] })),
    remarks: [...missing, ...recordings.flatMap((recording) => remarksOn(recording, told))],
  };
}

/** What the trail says was recorded of one epoch, and when that ended. */
interface Told {
  payload: Record<string, unknown>;
  atMs: number;
}

/** By epoch. */
async function toldOf({ store }: Pick<Call, 'store'>, session: string): Promise<Map<number, Told>> {
  const told = new Map<number, Told>();
  for await (const { line } of store.find({ session, type: 'session.recorded' })) {
    const parsed = parseEventLine(line);
    if (!('event' in parsed)) continue;
    const { epoch, payload, at } = parsed.event;
    told.set(epoch, { payload, atMs: Date.parse(at) });
  }
  return told;
}

/** Why recordings are missing that there were: since they were too old, if the trail says so. */
async function missingOnes(
  { store }: Pick<Call, 'store'>,
  told: ReadonlyMap<number, Told>,
  gone: readonly number[],
): Promise<string[]> {
  const removals: { at: string; keepDays: unknown; beforeMs: number }[] = [];
  for await (const { line } of store.find({ type: 'recordings.removed' })) {
    const parsed = parseEventLine(line);
    if (!('event' in parsed)) continue;
    const { at, payload } = parsed.event;
    removals.push({ at, keepDays: payload.keepDays, beforeMs: Date.parse(String(payload.before)) });
  }
  return gone.map((epoch) => {
    const { atMs = 0 } = told.get(epoch) ?? {};
    const removal = removals.find(({ beforeMs }) => atMs < beforeMs);
    return removal === undefined
      ? `epoch ${epoch}: its recording is not stored yet, or was removed by hand or with its person`
      : `epoch ${epoch}: its recording was removed after ${String(removal.keepDays)} days, on ${removal.at.slice(0, 10)} (RECORDINGS_KEEP_DAYS)`;
  });
}

function remarksOn({ head, entries, end }: OpenedRecording, told: ReadonlyMap<number, Told>): string[] {
  const of = `epoch ${head.epoch}`;
  const said = told.get(head.epoch)?.payload;
  const remarks: string[] = [];
  if (said !== undefined && said.sha256 !== end.sha256) {
    remarks.push(
      `${of}: this is not what the audit trail says was recorded (SHA-256 ${String(said.sha256)})`,
    );
  }
  if (typeof said?.stopped === 'string')
    remarks.push(`${of}: the recording ends before the call (${said.stopped})`);
  else if (entries.at(-1)?.kind !== EntryKind.ended)
    remarks.push(`${of}: its worker was killed; up to half a second before that is missing`);
  return remarks;
}
