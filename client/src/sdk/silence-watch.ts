/** A call may be silent; after so long without a word of the server it is asked for one, ms. */
const quietMs = 15_000;
/** It has so long to answer, ms. */
const answerMs = 5_000;
/** A timer that is so late was held up, as in a page that nobody sees, and so may be what came meanwhile, ms. */
const lateMs = 1_000;

/** Notices a connection that died without a word, as when the network is another one: no end of it is told. */
export class SilenceWatch {
  readonly #ask: () => boolean;
  readonly #onDead: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = 0;
  #heardAt = 0;
  #isAsked = false;
  #isSecondLook = false;

  /** `ask` asks the server for something that is always answered; false: it cannot be asked now. */
  constructor(ask: () => boolean, onDead: () => void) {
    this.#ask = ask;
    this.#onDead = onDead;
  }

  /** Of a connection that is there; the same again for the next one. */
  begin(): void {
    this.heard();
    this.#lookIn(quietMs);
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#isAsked = false;
  }

  /** Asks now, as when the network may have gone. */
  ask(): void {
    if (this.#isAsked || !this.#ask()) return;
    this.#isAsked = true;
    this.#isSecondLook = false;
    this.#lookIn(answerMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isAsked = false;
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = performance.now() + ms;
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const now = performance.now();
    const quietForMs = now - this.#heardAt;
    if (!this.#isAsked) {
      if (quietForMs >= quietMs) this.ask();
      if (!this.#isAsked) this.#lookIn(quietForMs < quietMs ? quietMs - quietForMs : quietMs);
    } else if (!this.#isSecondLook && now - this.#dueAt > lateMs) {
      this.#isSecondLook = true;
      this.#lookIn(answerMs);
    } else {
      this.#onDead();
    }
  }
}
