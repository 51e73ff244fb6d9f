/** How often the server is told what was received and heard while audio plays, ms. */
const ackEveryMs = 250;

/** Beats while audio arrives or is played, and once more after the last of it. */
export class AckBeat {
  readonly #isPlaying: () => boolean;
  readonly #beat: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #heardSince = false;

  constructor(isPlaying: () => boolean, beat: () => void) {
    this.#isPlaying = isPlaying;
    this.#beat = beat;
  }

  /** Audio came. */
  touch(): void {
    this.#heardSince = true;
    this.#timer ??= setInterval(() => this.#tick(), ackEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.#beat();
    if (!this.#heardSince && !this.#isPlaying()) this.stop();
    this.#heardSince = false;
  }
}
