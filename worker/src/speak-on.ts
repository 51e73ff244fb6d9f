import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Cut } from './journal/cut-off.ts';
import type { JournalEntry } from './journal/journal-entry.ts';
import type { Live } from './live.ts';

/** After the death of a worker: says what it still owed, the rest of an answer, an answer, or a safe line again. */
export function speakOn(
  { listener, speaker }: Live,
  { isAwaitingWords, speaker: before }: JournalEntry,
  cut: Cut | undefined,
): void {
  speaker.restore(before, cut?.left === 'some');
  speaker.turnEnded(monotonicMs());
  if (before.objection !== undefined) {
    const { asDecided, ...objection } = before.objection;
    speaker.object(asDecided === undefined ? objection : { ...objection, asDecided });
    return;
  }
  if (cut === undefined) return;
  if (cut.left === 'all') {
    speaker.wasFinished();
    return;
  }
  if (cut.left === 'some') speaker.owe(cut.cutOff);
  if (isAwaitingWords) {
    // The turn it answers comes again with the frames.
    if (cut.left === 'none') speaker.owe({ said: '', rest: '', isRestWhole: false });
    return;
  }
  listener.knowsWords();
  speaker.apply('userTurnEnded');
}
