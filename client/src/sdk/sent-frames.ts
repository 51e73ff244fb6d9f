import { bytesPerMs } from '@vjj/shared/protocol/messages.ts';

/** So much of what was sent last is kept, in bytes of speech: what a broken connection can have swallowed unnoticed. */
const keptBytes = 4_000 * bytesPerMs;

interface Sent {
  /** Undefined: of no use later. */
  frame: string | Uint8Array | undefined;
  size: number;
}

/** What was sent over one connection lately, in the order in which the server numbers it: from 1. */
export class SentFrames {
  #frames: Sent[] = [];
  #bytes = 0;
  #count = 0;

  /** Notes a frame that was sent; audio is copied. @param isOfUse whether it means anything when it comes late */
  add(frame: string | Uint8Array, isOfUse: boolean): void {
    this.#count++;
    const size = frame.length;
    const kept = typeof frame === 'string' ? frame : frame.slice();
    this.#frames.push({ frame: isOfUse ? kept : undefined, size });
    this.#bytes += size;
    while (this.#bytes > keptBytes && this.#frames.length > 1) this.#bytes -= this.#frames.shift()!.size;
  }

  /** Those after the first `received`, as far as they are kept. */
  after(received: number): (string | Uint8Array)[] {
    const first = this.#count - this.#frames.length + 1;
    return this.#frames
      .slice(Math.max(0, received + 1 - first))
      .map(({ frame }) => frame)
      .filter((frame) => frame !== undefined);
  }
}
