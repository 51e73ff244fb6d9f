import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import type { Ticker } from '@vjj/shared/clock.ts';
import { fadedOut } from '../voice/fade.ts';

/** Audio leaves in pieces of this length, and this long is the fade. */
const pieceMs = 20;
/** How far ahead of the ear; with the fade behind it no more than 100 ms are to come when lane B is ready. */
const leadMs = 80;
/** An acknowledgement that goes on for longer is no longer one. */
const longestMs = 2000;

export interface ReflexOptions {
  voice: string;
  /** The acknowledgements of the agent. */
  lines: readonly string[];
  /** How long the answer may take before one is heard (`REFLEX_DELAY_MS`). */
  delayMs: number;
  phrases: { get(voice: string, text: string): Buffer | undefined };
  ticker: Ticker;
  random?: () => number;
}

export interface ReflexOutput {
  /** The delay is over and there is something to play: `start`, or leave it. */
  due(): void;
  /** A piece to be sent now; a view of audio that others play too. */
  audio(pcm: Buffer): void;
  /** All of it has been sent and heard. */
  ended(): void;
}

/** Lane A of one call: says that the caller was heard while the answer is on its way. */
export class Reflex {
  readonly #options: ReflexOptions;
  readonly #output: ReflexOutput;
  #last: string | undefined;
  #dueTimer: NodeJS.Timeout | undefined;
  #pcm: Buffer | undefined;
  #sentBytes = 0;
  #playStartMs = 0;
  #isTicking = false;

  constructor(options: ReflexOptions, output: ReflexOutput) {
    this.#options = options;
    this.#output = output;
  }

  get isPlaying(): boolean {
    return this.#pcm !== undefined;
  }

  /** When the last audio sent will have been heard; lane B follows at once. 0: none was sent. */
  get playEndsMs(): number {
    return this.#sentBytes === 0 ? 0 : this.#playStartMs + durationMs(this.#sentBytes);
  }

  /**
   * The caller's turn is over: `due` is called after the delay, unless `stop` comes first.
   * @param elapsedMs how long it has been over
   */
  arm(elapsedMs = 0): void {
    clearTimeout(this.#dueTimer);
    // Not the shared beat: its 20 ms would be a fifth of the silence this is there to break.
    this.#dueTimer = setTimeout(() => this.#onDue(), Math.max(0, this.#options.delayMs - elapsedMs));
  }

  /** Begins an acknowledgement. False, and nothing happens: none is at hand that was not the last one. */
  start(nowMs: number): boolean {
    this.stop(nowMs);
    const line = chooseReflex(this.#available(), this.#last, (this.#options.random ?? Math.random)());
    const pcm = line === undefined ? undefined : this.#audioOf(line);
    if (pcm === undefined) return false;
    this.#last = line;
    this.#pcm = pcm.subarray(0, bytesOf(longestMs));
    this.#sentBytes = 0;
    this.#playStartMs = nowMs;
    this.#tickWhile(true);
    this.#send(nowMs);
    return true;
  }

  /**
   * Ends it, or the wait for it; `ended` is not called.
   * @returns the piece to send last, faded to nothing; undefined when nothing was playing or all of it was sent
   */
  stop(nowMs: number): Buffer | undefined {
    const pcm = this.#pcm;
    clearTimeout(this.#dueTimer);
    this.#pcm = undefined;
    this.#tickWhile(false);
    if (pcm === undefined || nowMs > this.playEndsMs) return undefined;
    const rest = pcm.subarray(this.#sentBytes, this.#sentBytes + bytesOf(pieceMs));
    this.#sentBytes += rest.length;
    return rest.length === 0 ? undefined : fadedOut(rest);
  }

  readonly #onTick = (nowMs: number): void => this.#send(nowMs);

  #onDue(): void {
    if (this.#available().some((line) => line !== this.#last)) this.#output.due();
  }

  #send(nowMs: number): void {
    const pcm = this.#pcm!;
    const left = pcm.length - this.#sentBytes;
    if (left === 0) {
      if (nowMs < this.playEndsMs) return;
      this.#pcm = undefined;
      this.#tickWhile(false);
      this.#output.ended();
      return;
    }
    let inHandMs = this.#sentBytes === 0 ? 0 : this.playEndsMs - nowMs;
    if (inHandMs < 0) {
      this.#playStartMs -= inHandMs; // the beat was late: nothing was heard meanwhile
      inHandMs = 0;
    }
    const pieces = Math.floor((leadMs - inHandMs) / pieceMs);
    if (pieces < 1) return;
    const from = this.#sentBytes;
    const bytes = Math.min(left, bytesOf(pieces * pieceMs));
    this.#sentBytes += bytes;
    const piece = pcm.subarray(from, from + bytes);
    const isCut = this.#sentBytes === bytesOf(longestMs);
    this.#output.audio(isCut ? fadedOut(piece) : piece);
  }

  #available(): string[] {
    return this.#options.lines.filter((line) => this.#audioOf(line) !== undefined);
  }

  #audioOf(line: string): Buffer | undefined {
    return this.#options.phrases.get(this.#options.voice, line);
  }

  #tickWhile(isNeeded: boolean): void {
    if (isNeeded === this.#isTicking) return;
    this.#isTicking = isNeeded;
    if (isNeeded) this.#options.ticker.add(this.#onTick);
    else this.#options.ticker.remove(this.#onTick);
  }
}

/**
 * One of the lines by chance, never the one that was said last; undefined when there is no other.
 * @param random 0 to below 1
 */
export function chooseReflex(
  lines: readonly string[],
  last: string | undefined,
  random: number,
): string | undefined {
  const others = lines.filter((line) => line !== last);
  return others[Math.floor(random * others.length)];
}
