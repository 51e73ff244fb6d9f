/** Renewals of calls that began together must not come together. */
const spread = 0.1;
/** Somebody speaks: asked again after this. */
const askAgainMs = 1000;
/** So long what only sounds like speech puts it off: a room may never be quiet, and the service ends the connection. */
const patienceMs = 60_000;

export interface RenewalActions {
  /** @param isOverdue loudness that the service does not take for speech counts no more */
  isQuiet: (isOverdue: boolean) => boolean;
  renew: () => void;
}

/** Sees to it that a connection to the voice service is replaced, when nobody speaks, before the service ends it. */
export class Renewal {
  readonly #afterMs: number;
  readonly #actions: RenewalActions;
  #timer: NodeJS.Timeout | undefined;

  /** @param afterMs 0: never */
  constructor(afterMs: number, actions: RenewalActions) {
    this.#afterMs = afterMs;
    this.#actions = actions;
  }

  /** The connection is new. */
  begin(): void {
    this.stop();
    if (this.#afterMs > 0) this.#ask(this.#afterMs * (1 - spread * Math.random()));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #ask(inMs: number, waitedMs = 0): void {
    this.#timer = setTimeout(() => {
      if (this.#actions.isQuiet(waitedMs >= patienceMs)) this.#actions.renew();
      else this.#ask(askAgainMs, waitedMs + askAgainMs);
    }, inMs);
    this.#timer.unref();
  }
}
