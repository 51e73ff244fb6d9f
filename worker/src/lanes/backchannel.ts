/** Shorter speech over an answer is "uh-huh": it goes on. */
const meantFromMs = 500;
/** So much quiet after speech, and it is over. */
const overAfterMs = 250;

/**
 * Tells an interruption from a listener's "uh-huh", by the length of the speech. Fed with the audio that comes
 * while the agent speaks and the detector hears the caller; counts audio time.
 */
export class Backchannel {
  #spokenMs = 0;
  #quietMs = 0;

  /** @returns `meant`: the caller interrupts, `over`: it was a sign of listening, undefined: not clear yet */
  push(ms: number, isLoud: boolean): 'meant' | 'over' | undefined {
    if (isLoud) {
      this.#spokenMs += this.#quietMs + ms;
      this.#quietMs = 0;
      if (this.#spokenMs >= meantFromMs) return 'meant';
    } else {
      this.#quietMs += ms;
      if (this.#quietMs >= overAfterMs) return 'over';
    }
    return undefined;
  }
}
