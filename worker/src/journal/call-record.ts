import { createHash } from 'node:crypto';
import { monotonicMs } from '@vjj/shared/clock.ts';
import type { ToolCall } from '../provider/provider.ts';
import { Dialogue, type DialogueState, type Turn } from './dialogue.ts';
import { type FramePosition, type SpokenFrames, Watermark } from './watermark.ts';

interface Utterance {
  turn: Turn;
  frames: SpokenFrames;
  /** What the voice service calls it; undefined: it has not said yet. */
  itemId: string | undefined;
  /** All was said to it; its words, should they still come, are only written down. */
  isAnswered: boolean;
}

/** Words that have not come while the caller said so many things more never will. */
const mostUtterances = 8;

/** Stands in place of what the caller said. */
const refusedWords = '[refused]';

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

  loud(): void {
    this.frames.loud(monotonicMs());
  }

  forgotten(): void {
    this.frames.forgotten();
  }

  /**
   * The caller's utterance is handed over.
   * @param itemId what the voice service calls it; undefined: `named` says so, in the order of the utterances
   */
  taken(itemId?: string): void {
    this.#turn++;
    this.#utterances.push({
      turn: this.dialogue.add('user', ''),
      frames: this.frames.taken(monotonicMs()),
      itemId,
      isAnswered: false,
    });
    if (this.#utterances.length > mostUtterances) this.#settle(this.#utterances.shift());
    this.onChanged();
  }

  named(itemId: string): void {
    const nameless = this.#utterances.find((utterance) => utterance.itemId === undefined);
    if (nameless !== undefined) nameless.itemId = itemId;
  }

  /**
   * @param text the caller's words; undefined: they could not be written down
   * @returns undefined: it was no turn
   */
  heard(text: string | undefined, itemId: string): Turn | undefined {
    const at = this.#utterances.findIndex((utterance) => utterance.itemId === itemId);
    const [utterance] = at < 0 ? [] : this.#utterances.splice(at, 1);
    if (utterance === undefined) return undefined;
    if (text !== undefined) this.dialogue.write(utterance.turn, text);
    this.#settle(utterance);
    this.onChanged();
    return utterance.turn;
  }

  typed(text: string): Turn {
    this.#turn++;
    const turn = this.dialogue.add('user', text);
    this.onChanged();
    return turn;
  }

  /** That turn may not be answered: whoever is told of it is not told its words. */
  refused(turn: Turn): void {
    this.dialogue.write(turn, refusedWords);
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
    for (const utterance of this.#utterances) this.#settle(utterance);
    // The service names an utterance before it answers: one without a name was none for it.
    this.#utterances = this.#utterances.filter(({ itemId }) => itemId !== undefined);
    this.onChanged();
  }

  state(nowMs: number): RecordState {
    const { frame, done } = this.frames.position(nowMs);
    const pending = this.#utterances.filter(({ isAnswered }) => !isAnswered).length;
    return {
      frame,
      done,
      isAwaitingWords: pending > 0,
      turn: this.#turn - pending,
    };
  }

  #settle(utterance: Utterance | undefined): void {
    if (utterance === undefined) return;
    utterance.isAnswered = true;
    this.frames.settled(utterance.frames);
  }
}
