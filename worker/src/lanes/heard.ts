/** What the client's player says it played of the answer that owns the speaker. */
interface Report {
  playedMs: number;
  atMs: number;
}

/**
 * How much of the current answer the caller has heard. A player that reports is believed, moved on by the time
 * since; for clients that report nothing it is what time allows.
 */
export class Heard {
  #report: Report | undefined;
  /** `seq` of its first sound. */
  #firstSeq = 0;

  /** A new answer begins; reports of the one before say nothing of it. */
  reset(): void {
    this.#report = undefined;
    this.#firstSeq = Number.POSITIVE_INFINITY;
  }

  /** Some of its sound has left. */
  get isSounding(): boolean {
    return this.#firstSeq !== Number.POSITIVE_INFINITY;
  }

  /** @param seq of its first sound, which is about to leave */
  sounds(seq: number): void {
    this.#firstSeq = seq;
  }

  /** @param seq the highest message the client had received then, where it says so; earlier ones are about another answer */
  reported(playedMs: number, seq: number | undefined, nowMs: number): void {
    if (seq === undefined || seq >= this.#firstSeq) this.#report = { playedMs, atMs: nowMs };
  }

  /**
   * @param releasedMs what has left; nobody can have heard more
   * @param estimateMs what time allows, for clients that do not report
   */
  ms(nowMs: number, releasedMs: number, estimateMs: number): number {
    if (this.#report === undefined) return Math.min(releasedMs, estimateMs);
    return Math.min(releasedMs, this.#report.playedMs + (nowMs - this.#report.atMs));
  }
}
