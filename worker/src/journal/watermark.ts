/** Audio in which nobody seems to speak is kept for so long: a word may begin in it, and the echo ring reaches back as far. */
const silentForMs = 1500;
/** How finely the times of frames are remembered. */
const markMs = 100;

/** Frames of an utterance that was handed over, and whose words are not text yet. */
export interface SpokenFrames {
  from: number;
  to: number;
}

/** How far the frames of a connection are in the journal, and which ones beyond that are. */
export interface FramePosition {
  frame: number;
  done: number[];
}

/**
 * Up to which client frame nothing more needs to be repeated to another worker: their words are text, what they asked
 * for is done, or they are silence of a while ago.
 */
export class Watermark {
  #last = 0;
  #lastMs = 0;
  #marks: { frame: number; atMs: number }[] = [];
  /** Never goes back. */
  #floor: number;
  /** Frames above it that were dealt with. */
  readonly #done: Set<number>;
  /** First frame of what the caller is saying now. */
  #hearingFrom: number | undefined;
  #loudMs = Number.NEGATIVE_INFINITY;
  readonly #spoken = new Set<SpokenFrames>();
  /** The last frame of what was handed over last. */
  #takenTo = 0;

  constructor({ frame, done }: FramePosition = { frame: 0, done: [] }) {
    this.#floor = frame;
    this.#last = frame;
    this.#done = new Set(done);
  }

  /** That frame was dealt with, by us or by the worker before us; told again, it means nothing. */
  isDone(frame: number): boolean {
    return frame <= this.#last || this.#done.has(frame);
  }

  /** The caller comes over another connection, whose frames begin at 1; those of the one before cannot be repeated. */
  reconnected(): void {
    this.#last = 0;
    this.#lastMs = 0;
    this.#marks = [];
    this.#floor = 0;
    this.#takenTo = 0;
    this.#done.clear();
    for (const spoken of this.#spoken) spoken.from = spoken.to = Number.POSITIVE_INFINITY;
    if (this.#hearingFrom !== undefined) this.#hearingFrom = 1;
  }

  /** A frame is about to be dealt with. */
  frame(frame: number, nowMs: number): void {
    this.#last = frame;
    this.#lastMs = nowMs;
    if (nowMs - (this.#marks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < markMs) return;
    this.#marks.push({ frame, atMs: nowMs });
    while (this.#marks.length > 1 && this.#marks[1]!.atMs <= nowMs - silentForMs) this.#marks.shift();
  }

  /** The newest frame was no audio, and what it asked for is done. Not so the end of an utterance, while that must be repeated. */
  done(): void {
    for (const { from, to } of this.#spoken) if (this.#last >= from && this.#last <= to) return;
    if (this.#last > this.#floor) this.#done.add(this.#last);
  }

  /** The caller is speaking, or was a moment ago. */
  hearing(nowMs: number): void {
    this.#hearingFrom ??= this.#begunBy(nowMs);
  }

  /** The newest frame is loud: it may be speech that nobody has noticed yet. */
  loud(nowMs: number): void {
    this.#loudMs = nowMs;
  }

  /** Frames that are kept though nobody seems to speak may be speech. */
  wasLoud(nowMs: number): boolean {
    return nowMs - this.#loudMs < silentForMs;
  }

  /** The caller is not speaking, and all words they said are text. */
  get isQuiet(): boolean {
    return this.#hearingFrom === undefined && this.#spoken.size === 0;
  }

  /** What the caller was saying is not wanted. */
  forgotten(): void {
    this.#hearingFrom = undefined;
    this.#loudMs = Number.NEGATIVE_INFINITY;
  }

  /** What the caller was saying is handed over; its words are to come. */
  taken(nowMs: number): SpokenFrames {
    const spoken = { from: this.#hearingFrom ?? this.#begunBy(nowMs), to: this.#last };
    this.#takenTo = this.#last;
    this.#hearingFrom = undefined;
    this.#spoken.add(spoken);
    return spoken;
  }

  /** The words of an utterance are text, or never will be. */
  settled(spoken: SpokenFrames): void {
    if (!this.#spoken.delete(spoken) || !Number.isFinite(spoken.to)) return;
    for (let frame = Math.max(spoken.from, this.#floor + 1); frame <= spoken.to; frame++)
      this.#done.add(frame);
  }

  position(nowMs: number): FramePosition {
    let limit = this.#hearingFrom === undefined ? Number.POSITIVE_INFINITY : this.#hearingFrom - 1;
    for (const { from } of this.#spoken) limit = Math.min(limit, from - 1);
    this.#floor = Math.max(this.#floor, Math.min(limit, this.#silentUntil(nowMs)));
    while (this.#floor < limit && this.#done.has(this.#floor + 1)) this.#floor++;
    for (const frame of this.#done) if (frame <= this.#floor) this.#done.delete(frame);
    return { frame: this.#floor, done: [...this.#done] };
  }

  /** The first frame that may belong to what is heard now. */
  #begunBy(nowMs: number): number {
    return Math.max(this.#floor, this.#takenTo, this.#silentUntil(nowMs)) + 1;
  }

  #silentUntil(nowMs: number): number {
    const untilMs = nowMs - silentForMs;
    if (this.#lastMs <= untilMs) return this.#last;
    const mark = this.#marks.findLast(({ atMs }) => atMs <= untilMs);
    return mark?.frame ?? 0;
  }
}
