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
  if (recordings.length === 0) {
    throw new Problem(
      `nothing is recorded of ${session}: STORE_RAW_AUDIO or RECORD_CALLS was off, the call still goes on, or its recording was removed`,
    );
  }
  const told = await toldOf(call, session);
  const once = withoutRepeats(recordings.map(({ entries }) => entries));
  return {
    recordings: recordings.map((recording, at) => ({ ...recording, entries: once[at] ?? [] })),
    remarks: recordings.flatMap((recording) => remarksOn(recording, told)),
  };
}

/** What the trail says was recorded, by epoch. */
async function toldOf(
  { store }: Pick<Call, 'store'>,
  session: string,
): Promise<Map<number, Record<string, unknown>>> {
  const told = new Map<number, Record<string, unknown>>();
  for await (const { line } of store.find({ session, type: 'session.recorded' })) {
    const parsed = parseEventLine(line);
    if ('event' in parsed) told.set(parsed.event.epoch, parsed.event.payload);
  }
  return told;
}

function remarksOn(
  { head, entries, end }: OpenedRecording,
  told: Map<number, Record<string, unknown>>,
): string[] {
  const of = `epoch ${head.epoch}`;
  const said = told.get(head.epoch);
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
