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

  /** A new answer begins; reports of the one before say nothing of it. */
  reset(): void {
    this.#report = undefined;
  }

  reported(playedMs: number, nowMs: number): void {
    this.#report = { playedMs, atMs: nowMs };
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
