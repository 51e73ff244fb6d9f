import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import type { Ticker } from '@vjj/shared/clock.ts';

/** Audio goes out in pieces of this length once the caller's player has some in hand: fewer frames, less CPU. */
const chunkMs = 100;
const chunkBytes = bytesOf(chunkMs);
/** With less than this in the player's hand, any audio goes out at once, however short. */
const lowWaterMs = 200;

export interface GateOutput {
  audio(pcm: Buffer): void;
  /** Everything of the answer has been released. */
  drained(): void;
}

interface Companion {
  atByte: number;
  release: () => void;
}

/**
 * Holds an answer and lets it out at the pace at which it is spoken, a small lead ahead: the voice service
 * delivers faster than real time, and what has not left yet can still be stopped.
 */
export class OutputGate {
  readonly #leadMs: number;
  readonly #ticker: Ticker;
  readonly #output: GateOutput;
  #queue: Buffer[] = [];
  #companions: Companion[] = [];
  #queuedBytes = 0;
  #receivedBytes = 0;
  #releasedBytes = 0;
  #isFinished = false;
  #isOpen = false;
  #isTicking = false;
  /** When the caller began to hear the answer, moved on by every gap in it. */
  #playStartMs = 0;

  /** @param leadMs how much audio may be ahead of the ear */
  constructor(leadMs: number, ticker: Ticker, output: GateOutput) {
    this.#leadMs = leadMs;
    this.#ticker = ticker;
    this.#output = output;
  }

  /** Audio of this answer that has left, in ms. */
  get releasedMs(): number {
    return durationMs(this.#releasedBytes);
  }

  /** When the last released audio will have been heard, at the earliest. */
  get playEndsMs(): number {
    return this.#releasedBytes === 0 ? 0 : this.#playStartMs + this.releasedMs;
  }

  /** What the caller can have heard by now, in ms: released, and not faster than time passes. */
  heardMs(nowMs: number): number {
    return this.#releasedBytes === 0 ? 0 : Math.max(0, Math.min(this.releasedMs, nowMs - this.#playStartMs));
  }

  /** A new answer begins; what was left of the one before is gone. */
  open(): void {
    this.close();
    this.#receivedBytes = 0;
    this.#releasedBytes = 0;
    this.#isFinished = false;
    this.#isOpen = true;
  }

  pushAudio(pcm: Buffer, nowMs: number): void {
    if (!this.#isOpen || pcm.length === 0) return;
    this.#queue.push(pcm);
    this.#queuedBytes += pcm.length;
    this.#receivedBytes += pcm.length;
    this.#release(nowMs);
  }

  /** Something that belongs to the audio received next; it is released together with it. */
  pushCompanion(release: () => void, nowMs: number): void {
    if (!this.#isOpen) return;
    this.#companions.push({ atByte: this.#receivedBytes, release });
    this.#release(nowMs);
  }

  /** Nothing more will come. */
  finish(nowMs: number): void {
    if (!this.#isOpen) return;
    this.#isFinished = true;
    this.#release(nowMs);
  }

  /** Throws away what has not left. */
  close(): void {
    this.#isOpen = false;
    this.#queue = [];
    this.#companions = [];
    this.#queuedBytes = 0;
    this.#tickWhile(false);
  }

  readonly #onTick = (nowMs: number): void => this.#release(nowMs);

  #release(nowMs: number): void {
    while (this.#queuedBytes > 0) {
      const inHandMs = this.playEndsMs - nowMs;
      if (inHandMs >= this.#leadMs) break;
      const isPartial = this.#queuedBytes < chunkBytes;
      if (isPartial && !this.#isFinished && inHandMs > lowWaterMs) break;
      if (inHandMs < 0) this.#playStartMs = nowMs - this.releasedMs; // nothing was heard meanwhile
      const piece = this.#take(chunkBytes);
      this.#releasedBytes += piece.length;
      this.#releaseCompanions();
      this.#output.audio(piece);
      if (!this.#isOpen) return; // the output closed the gate
    }
    if (this.#isFinished && this.#queuedBytes === 0) {
      for (const { release } of this.#companions.splice(0)) release();
      this.#isOpen = false;
      this.#tickWhile(false);
      this.#output.drained();
      return;
    }
    this.#tickWhile(this.#queuedBytes > 0);
  }

  #releaseCompanions(): void {
    while (this.#companions.length > 0 && this.#companions[0]!.atByte < this.#releasedBytes) {
      this.#companions.shift()!.release();
    }
  }

  #take(bytes: number): Buffer {
    const first = this.#queue[0]!;
    if (first.length > bytes) {
      this.#queue[0] = first.subarray(bytes);
      this.#queuedBytes -= bytes;
      return first.subarray(0, bytes);
    }
    if (first.length === bytes || this.#queue.length === 1) {
      this.#queue.shift();
      this.#queuedBytes -= first.length;
      return first;
    }
    const parts: Buffer[] = [];
    let missing = Math.min(bytes, this.#queuedBytes);
    while (missing > 0) {
      const part = this.#queue[0]!;
      if (part.length <= missing) {
        parts.push(part);
        this.#queue.shift();
      } else {
        parts.push(part.subarray(0, missing));
        this.#queue[0] = part.subarray(missing);
      }
      missing -= Math.min(part.length, missing);
    }
    const joined = Buffer.concat(parts);
    this.#queuedBytes -= joined.length;
    return joined;
  }

  #tickWhile(isNeeded: boolean): void {
    if (isNeeded === this.#isTicking) return;
    this.#isTicking = isNeeded;
    if (isNeeded) this.#ticker.add(this.#onTick);
    else this.#ticker.remove(this.#onTick);
  }
}
