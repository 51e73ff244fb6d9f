import { ByteRing } from '@vjj/shared/byte-ring.ts';
import type { FrameKind } from '@vjj/shared/link/frames.ts';

/** About eight seconds of speech as JSON: what a network swallows before anybody notices that it is gone. */
const maxBytes = 512 * 1024;

export interface SentMessage {
  kind: FrameKind;
  seq: number;
  payload: Buffer;
}

/** What was sent to a caller and may have to be sent again over another connection, bounded. */
export class SentMessages {
  readonly #bytes = new ByteRing(maxBytes);
  /** One for each piece of the ring. */
  #labels: Omit<SentMessage, 'payload'>[] = [];
  /** Index of the oldest that is kept; what is before it is thrown away now and then. */
  #head = 0;

  /** Copies the payload. */
  push({ kind, seq, payload }: SentMessage): void {
    while (!this.#bytes.push(payload)) this.#drop();
    this.#labels.push({ kind, seq });
  }

  /** The caller has it, and all before it. */
  acknowledged(seq: number): void {
    while (this.#head < this.#labels.length && this.#labels[this.#head]!.seq <= seq) this.#drop();
  }

  /** What comes after that message, in order; the payloads are good until the next change. */
  after(seq: number): SentMessage[] {
    const payloads = this.#bytes.all();
    return this.#labels
      .slice(this.#head)
      .map((label, i) => ({ ...label, payload: payloads[i]! }))
      .filter((message) => message.seq > seq);
  }

  #drop(): void {
    this.#bytes.drop();
    this.#head++;
    if (this.#head < 64 || this.#head * 2 < this.#labels.length) return;
    this.#labels = this.#labels.slice(this.#head);
    this.#head = 0;
  }
}
