import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import type { Ticker } from '@vjj/shared/clock.ts';
import { AudioQueue } from './audio-queue.ts';
import { coveredMs } from './coverage.ts';
import { Pauses } from './pauses.ts';

/** Audio goes out in pieces of this length once the caller's player has enough in hand: fewer frames, less CPU. */
const pieceMs = 200;
/** In shorter ones while it has less. */
const shortPieceMs = 100;
const enoughMs = 300;
/** With less than this in the player's hand, any audio goes out at once, however short. */
const lowWaterMs = 200;
/** How far a piece may go beyond the lead. */
const slackMs = 100;

export interface GateOptions {
  /** How much audio may be ahead of the ear. */
  leadMs: number;
  /** `pace`: audio waits for its time only. `sentence`: also until its words were judged, up to a pause. */
  hold: 'pace' | 'sentence';
}

export interface GateOutput {
  /** @param pcm good until the call returns */
  audio(pcm: Buffer): void;
  /** Everything of the answer has been released. */
  released(): void;
  /** Everything of the answer has been heard, as far as time tells. */
  played(): void;
}

interface Companion {
  atByte: number;
  /** Of several with one key that are released together only the last one is. */
  key: string | undefined;
  release: () => void;
}

/**
 * Holds an answer and lets it out at the pace at which it is spoken, a small lead ahead: the voice service
 * delivers faster than real time, so words can be judged before their sound leaves, and what has not left
 * can still be stopped.
 */
export class OutputGate {
  readonly #options: GateOptions;
  readonly #ticker: Ticker;
  readonly #output: GateOutput;
  readonly #queue = new AudioQueue();
  #pauses = new Pauses();
  #companions: Companion[] = [];
  #receivedBytes = 0;
  #releasedBytes = 0;
  /** Where the part began whose words are being judged; all before it was judged. */
  #partStartMs = 0;
  #coveredMs = 0;
  #isAllJudged = false;
  #isFinished = false;
  #isReleased = false;
  #isOpen = false;
  #isPaused = false;
  #isTicking = false;
  /** When the caller began to hear the answer, moved on by every gap in it. */
  #playStartMs = 0;

  constructor(options: GateOptions, ticker: Ticker, output: GateOutput) {
    this.#options = options;
    this.#ticker = ticker;
    this.#output = output;
  }

  /** An answer is under way that was not heard to its end. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Audio of this answer that has come, in ms. */
  get receivedMs(): number {
    return durationMs(this.#receivedBytes);
  }

  /** Audio of this answer that has left, in ms. */
  get releasedMs(): number {
    return durationMs(this.#releasedBytes);
  }

  /** When the last released audio will have been heard, at the earliest. */
  get playEndsMs(): number {
    return this.#releasedBytes === 0 ? 0 : this.#playStartMs + this.releasedMs;
  }

  /** Nothing leaves until `resume`. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** What the caller can have heard by now, in ms: released, and not faster than time passes. */
  heardMs(nowMs: number): number {
    return this.#releasedBytes === 0 ? 0 : Math.max(0, Math.min(this.releasedMs, nowMs - this.#playStartMs));
  }

  /** A new answer begins; what was left of the one before is gone. */
  open(): void {
    this.close();
    this.#pauses = new Pauses();
    this.#receivedBytes = 0;
    this.#releasedBytes = 0;
    this.#partStartMs = 0;
    this.#coveredMs = 0;
    this.#isAllJudged = false;
    this.#isFinished = false;
    this.#isReleased = false;
    this.#isPaused = false;
    this.#isOpen = true;
  }

  /** Copies the audio. */
  pushAudio(pcm: Buffer, nowMs: number): void {
    if (!this.#isOpen || this.#isFinished || pcm.length === 0) return;
    this.#queue.push(pcm);
    this.#pauses.push(pcm);
    this.#receivedBytes += pcm.length;
    this.#release(nowMs);
  }

  /** Something that belongs to the audio received next; it is released together with it. */
  pushCompanion(release: () => void, nowMs: number, key?: string): void {
    if (!this.#isOpen) return;
    this.#companions.push({ atByte: this.#receivedBytes, key, release });
    this.#release(nowMs);
  }

  /** Another part of the answer follows, with words of its own; those of the parts before were all judged. */
  beginPart(): void {
    this.#partStartMs = this.receivedMs;
    this.#coveredMs = this.#partStartMs;
    this.#isAllJudged = false;
  }

  /** Where the current part began, in ms of the answer. */
  get partStartMs(): number {
    return this.#partStartMs;
  }

  /** The words of this part so far, that many characters, were judged and may be heard. */
  judged(characters: number, nowMs: number): void {
    const inPartMs = coveredMs(this.receivedMs - this.#partStartMs, characters);
    this.#coveredMs = Math.max(this.#coveredMs, this.#partStartMs + inPartMs);
    this.#release(nowMs);
  }

  /** All words of this part were judged and may be heard. */
  judgedAll(nowMs: number): void {
    this.#isAllJudged = true;
    this.#release(nowMs);
  }

  /** Nothing more will come. */
  finish(nowMs: number): void {
    if (!this.#isOpen) return;
    this.#isFinished = true;
    this.#release(nowMs);
  }

  /** Keeps what has not left, until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(nowMs: number): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#release(nowMs);
  }

  /**
   * Throws away what comes after the last pause in what was judged; what has left stays.
   * More may be pushed after it.
   * @returns how much of the answer is kept, in ms
   */
  keepJudged(): number {
    const keptMs = Math.max(this.releasedMs, this.#pauses.lastBefore(this.#coveredMs));
    const keptBytes = bytesOf(keptMs);
    this.#queue.truncate(keptBytes - this.#releasedBytes);
    this.#companions = this.#companions.filter(({ atByte }) => atByte < keptBytes);
    this.#receivedBytes = keptBytes;
    return keptMs;
  }

  /** Throws away what has not left; what has is heard to its end. */
  dropRest(): void {
    this.#queue.truncate(0);
    this.#companions = [];
    this.#receivedBytes = this.#releasedBytes;
  }

  /** The client says that its speaker is silent. */
  playbackEnded(): void {
    if (this.#isReleased) this.#played();
  }

  /** Throws away what has not left. */
  close(): void {
    this.#isOpen = false;
    this.#queue.truncate(0);
    this.#companions = [];
    this.#tickWhile(false);
  }

  readonly #onTick = (nowMs: number): void => {
    if (!this.#isReleased) this.#release(nowMs);
    else if (nowMs >= this.playEndsMs) this.#played();
  };

  #release(nowMs: number): void {
    if (!this.#isOpen || this.#isPaused || this.#isReleased) return;
    const limitBytes = this.#limitBytes();
    for (;;) {
      // Whole ones: sums of fractions come out a hair beside the limits they are held to.
      const inHandMs = Math.round(this.playEndsMs - nowMs);
      const wholeMs = inHandMs > enoughMs ? pieceMs : shortPieceMs;
      const wholeBytes = bytesOf(wholeMs);
      const allowedBytes = Math.min(wholeBytes, limitBytes - this.#releasedBytes);
      if (allowedBytes <= 0) break;
      if (inHandMs + wholeMs >= this.#options.leadMs + slackMs) break;
      if (allowedBytes < wholeBytes && !this.#isFinished && inHandMs > lowWaterMs) break;
      if (inHandMs < 0) this.#playStartMs = nowMs - this.releasedMs; // nothing was heard meanwhile
      const piece = this.#queue.take(allowedBytes);
      this.#releasedBytes += piece.length;
      this.#releaseCompanions(this.#releasedBytes);
      this.#output.audio(piece);
      if (!this.#isOpen) return; // the output closed the gate
    }
    if (this.#isFinished && this.#queue.bytes === 0) {
      this.#isReleased = true;
      this.#releaseCompanions(Number.POSITIVE_INFINITY);
      this.#output.released();
      if (this.#isOpen && this.playEndsMs <= nowMs) {
        this.#played();
        return;
      }
    }
    this.#tickWhile(this.#isOpen && (this.#isReleased || this.#queue.bytes > 0));
  }

  /** How far the audio may go for its words. */
  #limitBytes(): number {
    if (this.#options.hold === 'pace' || this.#isAllJudged) return this.#receivedBytes;
    const pauseMs = this.#pauses.lastBefore(this.#coveredMs);
    return Math.min(this.#receivedBytes, bytesOf(Math.max(pauseMs, this.#partStartMs)));
  }

  #releaseCompanions(untilByte: number): void {
    const count = this.#companions.findIndex(({ atByte }) => atByte >= untilByte);
    const due = this.#companions.splice(0, count === -1 ? this.#companions.length : count);
    for (const [i, { key, release }] of due.entries()) {
      if (key === undefined || due[i + 1]?.key !== key) release();
    }
  }

  #played(): void {
    this.#isOpen = false;
    this.#tickWhile(false);
    this.#output.played();
  }

  #tickWhile(isNeeded: boolean): void {
    if (isNeeded === this.#isTicking) return;
    this.#isTicking = isNeeded;
    if (isNeeded) this.#ticker.add(this.#onTick);
    else this.#ticker.remove(this.#onTick);
  }
}
