/** The words of an answer, part by part: a tool call, a further item or a disclaimer begins another. */
export class AnswerText {
  readonly #cutOff: string;
  /** Words of the parts before the current one. */
  #before = '';
  #part = '';

  /** @param cutOff what the caller heard of it before it was cut off on another worker */
  constructor(cutOff = '') {
    this.#cutOff = cutOff;
  }

  /** All words so far, without those of another worker. */
  get all(): string {
    return joined(this.#before, this.#part);
  }

  /** @param text all of the current part so far */
  hear(text: string): void {
    this.#part = text;
  }

  /** Another part follows. */
  endPart(): void {
    this.#before = this.all;
    this.#part = '';
  }

  /** These are its words instead. */
  replace(text: string): void {
    this.#before = '';
    this.#part = text;
  }

  /** How many of its first `length` characters are in the current part. */
  lengthInPart(length: number): number {
    return Math.max(0, this.#part.length - (this.all.length - length));
  }

  /** As the caller's screen shows it: with what was said of it before it was cut off. */
  shown(text = this.all): string {
    return joined(this.#cutOff, text);
  }
}

function joined(before: string, part: string): string {
  if (before === '' || part === '') return before + part;
  return `${before} ${part}`;
}
