import { createHash } from 'node:crypto';
import { monotonicMs } from '@vjj/shared/clock.ts';
import type { ToolCall } from '../provider/provider.ts';
import { Dialogue, type DialogueState, type Turn } from './dialogue.ts';
import { type FramePosition, type SpokenFrames, Watermark } from './watermark.ts';

interface Utterance {
  turn: Turn;
  frames: SpokenFrames;
}

/** Without the words, which `dialogue` has. */
export interface RecordState extends FramePosition {
  /** The caller has said something whose words are not among the turns yet; it will be repeated. */
  isAwaitingWords: boolean;
  /** Turns of the caller so far, without those that will be repeated. */
  turn: number;
}

/** What was said in a call, as far as it is text, and which frames of the caller are needed no more for that. */
export class CallRecord {
  readonly dialogue: Dialogue;
  readonly #session: string;
  #turn: number;
  readonly frames: Watermark;
  /** What was handed over and is not text yet, oldest first. */
  #utterances: Utterance[] = [];
  /** Something happened that another worker would have to know at once. */
  onChanged: () => void = () => undefined;

  constructor(session: string, from?: DialogueState & FramePosition & { turn: number }) {
    this.#session = session;
    this.#turn = from?.turn ?? 0;
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
    this.#turn++;
    this.#utterances.push({
      turn: this.dialogue.add('user', ''),
      frames: this.frames.taken(monotonicMs()),
    });
    this.onChanged();
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
    this.#turn++;
    this.dialogue.add('user', text);
    this.onChanged();
  }

  /**
   * Names what a tool is asked within this turn. Another worker that answers the turn again names it the same, so that
   * the tool can tell a repetition from another request.
   * @param nth of the same requests of this turn
   */
  requestKey({ name, arguments: args }: ToolCall, nth: number): string {
    const what = JSON.stringify([this.#session, this.#turn, name, args, nth]);
    return createHash('sha256').update(what).digest('hex').slice(0, 32);
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
    const pending = this.#utterances.length;
    return {
      frame,
      done,
      isAwaitingWords: pending > 0,
      turn: this.#turn - pending,
    };
  }
}
