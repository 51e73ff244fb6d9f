/** Control messages a client may send in a second; a human and a player make a handful. */
const perSecond = 50;

/** Counts the messages of one client that are not audio. */
export class MessageRate {
  #left = perSecond;
  #atMs = 0;

  allows(nowMs: number): boolean {
    this.#left = Math.min(perSecond, this.#left + ((nowMs - this.#atMs) * perSecond) / 1000) - 1;
    this.#atMs = nowMs;
    return this.#left >= 0;
  }
}
