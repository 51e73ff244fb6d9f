import type { FrameKind } from '@vjj/shared/link/frames.ts';

/** About eight seconds of speech as JSON: what a network swallows before anybody notices that it is gone. */
const maxBytes = 512 * 1024;

export interface SentMessage {
  kind: FrameKind;
  seq: number;
  payload: Buffer | string;
}

/** What was sent to a caller and may have to be sent again over another connection, bounded. */
export class SentMessages {
  #messages: SentMessage[] = [];
  /** Index of the oldest that is kept; what is before it is thrown away now and then. */
  #head = 0;
  #bytes = 0;

  push(message: SentMessage): void {
    this.#messages.push(message);
    this.#bytes += message.payload.length;
    while (this.#bytes > maxBytes) this.#drop();
  }

  /** The caller has it, and all before it. */
  acknowledged(seq: number): void {
    while (this.#head < this.#messages.length && this.#messages[this.#head]!.seq <= seq) this.#drop();
  }

  /** What comes after that message, in order. */
  after(seq: number): SentMessage[] {
    return this.#messages.slice(this.#head).filter((message) => message.seq > seq);
  }

  #drop(): void {
    this.#bytes -= this.#messages[this.#head]!.payload.length;
    this.#head++;
    if (this.#head < 64 || this.#head * 2 < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#head);
    this.#head = 0;
  }
}
