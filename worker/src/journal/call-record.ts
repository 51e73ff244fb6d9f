import { monotonicMs } from '@vjj/shared/clock.ts';
import { Dialogue, type DialogueState, type Turn } from './dialogue.ts';
import { type FramePosition, type SpokenFrames, Watermark } from './watermark.ts';

interface Utterance {
  turn: Turn;
  frames: SpokenFrames;
}

export interface RecordState extends DialogueState, FramePosition {
  /** The caller has said something whose words are not among the turns yet; it will be repeated. */
  isAwaitingWords: boolean;
}

/** What was said in a call, as far as it is text, and which frames of the caller are needed no more for that. */
export class CallRecord {
  readonly dialogue: Dialogue;
  readonly frames: Watermark;
  /** What was handed over and is not text yet, oldest first. */
  #utterances: Utterance[] = [];
  /** Something happened that another worker would have to know at once. */
  onChanged: () => void = () => undefined;

  constructor(from?: DialogueState & FramePosition) {
    this.dialogue = new Dialogue(from);
    this.frames = new Watermark(from);
  }

  hearing(): void {
    this.frames.hearing(monotonicMs());
  }

  forgotten(): void {
    this.frames.forgotten();
  }

  /** The caller's utterance is handed over. */
  taken(): void {
    this.#utterances.push({
      turn: this.dialogue.add('user', ''),
      frames: this.frames.taken(monotonicMs()),
    });
    this.onChanged();
  }

  /** The utterance handed over last was no turn. */
  untaken(): void {
    const last = this.#utterances.pop();
    if (last !== undefined) this.frames.settled(last.frames);
  }

  /** @param text the caller's words; undefined: they could not be written down */
  heard(text: string | undefined, isOfLast: boolean): void {
    const utterance = isOfLast ? this.#utterances.pop() : this.#utterances.shift();
    if (utterance === undefined) return;
    if (text !== undefined) this.dialogue.write(utterance.turn, text);
    this.frames.settled(utterance.frames);
    this.onChanged();
  }

  typed(text: string): void {
    this.dialogue.add('user', text);
    this.onChanged();
  }

  /** What the caller heard of an answer; with it all said before it is dealt with, whether its words came or not. */
  said(text: string): void {
    if (text !== '') this.dialogue.add('assistant', text);
    for (const { frames } of this.#utterances) this.frames.settled(frames);
    this.#utterances = [];
    this.onChanged();
  }

  state(nowMs: number): RecordState {
    const { frame, done } = this.frames.position(nowMs);
    return { ...this.dialogue.state(), frame, done, isAwaitingWords: this.#utterances.length > 0 };
  }
}
