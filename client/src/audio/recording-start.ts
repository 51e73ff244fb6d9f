/**
 * Where a recording begins by the clock of its context, in samples. That clock may stand at an earlier block than the one
 * that is processed, and never at a later one: before the first block it is not set at all, and while the page changes the
 * graph it stands still. Marks placed by what it said first came after their sound.
 */
export class RecordingStart {
  #recorded = 0;
  #start = Number.NEGATIVE_INFINITY;

  /**
   * A block is added to the recording.
   * @param clock where the clock stands, in samples
   * @returns where the recording begins, when that is known now or known better
   */
  push(clock: number, samples: number): number | undefined {
    const start = clock - this.#recorded;
    const isFirst = this.#recorded === 0;
    this.#recorded += samples;
    if (isFirst || start <= this.#start) return undefined;
    this.#start = start;
    return start;
  }
}
