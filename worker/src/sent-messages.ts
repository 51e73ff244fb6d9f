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
  readonly #messages = new ByteRing<Omit<SentMessage, 'payload'>>(maxBytes);

  /** Copies the payload. */
  push({ kind, seq, payload }: SentMessage): void {
    this.#messages.push(payload, { kind, seq });
  }

  /** The caller has it, and all before it. */
  acknowledged(seq: number): void {
    this.#messages.dropWhile((oldest) => oldest.seq <= seq);
  }

  /** What comes after that message, in order; the payloads are good until the next change. */
  after(seq: number): SentMessage[] {
    return this.#messages
      .all()
      .map(({ bytes, label }) => ({ ...label, payload: bytes }))
      .filter((message) => message.seq > seq);
  }
}
