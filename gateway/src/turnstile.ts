/**
 * Lets so many through in each turn of the event loop, in the order they came. A burst of callers taken in at once would
 * keep everybody else's frames waiting, and its own questions to Redis until their time was up.
 */
export class Turnstile {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  pass(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(this.#turn);
    });
  }

  readonly #turn = (): void => {
    for (const resolve of this.#waiting.splice(0, this.#perTurn)) resolve();
    if (this.#waiting.length > 0) setImmediate(this.#turn);
  };
}
