/** Shorter speech over an answer is "uh-huh": it goes on. */
const meantFromMs = 500;
/** So much quiet after speech, and it is over. */
const overAfterMs = 250;

/**
 * Tells an interruption from a listener's "uh-huh", by the length of the speech. Fed with the audio that comes
 * while the agent speaks and the detector hears the caller, until the utterance is taken; counts audio time.
 */
export class Backchannel {
  #spokenMs = 0;
  #quietMs = 0;

  /**
   * @returns `meant`: the caller interrupts, `over`: so far it was a sign of listening, undefined: nothing new.
   *   Speech that goes on after `over` may still turn out to be meant.
   */
  push(ms: number, isLoud: boolean): 'meant' | 'over' | undefined {
    if (isLoud) {
      this.#spokenMs = this.#quietMs >= overAfterMs ? ms : this.#spokenMs + this.#quietMs + ms;
      this.#quietMs = 0;
      return this.#spokenMs >= meantFromMs ? 'meant' : undefined;
    }
    const wasOver = this.#quietMs >= overAfterMs;
    this.#quietMs += ms;
    return !wasOver && this.#quietMs >= overAfterMs ? 'over' : undefined;
  }
}
