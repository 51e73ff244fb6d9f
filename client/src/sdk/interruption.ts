/** As a call writes them. */
const interruption = /^\{"type":"(audio\.stop|audio\.cancel|user\.barge_in)"/;

/** What an interruption of ours leaves unheard: the old answer goes on arriving until the server has taken it in. */
export class Interruption {
  #isUnderWay = false;
  #isCutOff = false;

  /** Between our interruption and its ack the old answer is still arriving. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** The answer was interrupted: nobody hears its end. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  /** @param isSent false: the server will not know of it, and what arrives is heard */
  interrupted(isSent: boolean): void {
    this.#isUnderWay = isSent;
    this.#isCutOff = isSent;
  }

  /** The server has taken it in, or it is gone with the server's session: nobody waits for it any more. */
  takenIn(): void {
    this.#isUnderWay = false;
  }

  /** Another answer begins, or another call. */
  reset(): void {
    this.#isUnderWay = false;
    this.#isCutOff = false;
  }

  /**
   * The caller comes back over another connection. An interruption that is still to be sent will be acknowledged. One
   * that arrived is acknowledged among what was missed, unless that is lost: nobody must wait for it.
   * @param unsent frames that are still to be sent
   */
  resumed(unsent: readonly (string | Uint8Array)[]): void {
    this.#isUnderWay = unsent.some((frame) => typeof frame === 'string' && interruption.test(frame));
  }
}
