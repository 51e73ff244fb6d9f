import { bytesPerMs } from '@vjj/shared/protocol/messages.ts';

/** A frame a client may send, in bytes. */
export const maxClientFrameBytes = 64 * 1024;
/** Beyond this the WebSocket layer itself refuses, so that nobody can make us hold more. */
export const maxSocketFrameBytes = 2 * maxClientFrameBytes;

/** Audio may come at twice real time, measured over this window: a network that stalled may catch up. */
const windowMs = 10_000;
const speedUp = 2;
/** Base64 makes four bytes of three; binary audio is counted as if it were base64, to be equal. */
const base64Growth = 4 / 3;
const bytesRefillPerMs = bytesPerMs * speedUp * base64Growth;
const maxBytes = bytesRefillPerMs * windowMs;

const framesRefillPerMs = 150 / 1000;
/** What a stall of four seconds may release at once. */
const maxFrames = 600;

export type Excess = 'TOO_MUCH_AUDIO' | 'TOO_MANY_FRAMES' | 'FRAME_TOO_LARGE';

/** Two token buckets for one client: bytes and frames. */
export class Limits {
  #bytes = maxBytes;
  #frames = maxFrames;
  #at: number;

  constructor(nowMs: number) {
    this.#at = nowMs;
  }

  /** Counts a frame; says which limit it breaks, if any. */
  count(frameBytes: number, isBinary: boolean, nowMs: number): Excess | undefined {
    const elapsed = nowMs - this.#at;
    this.#at = nowMs;
    this.#bytes =
      Math.min(maxBytes, this.#bytes + elapsed * bytesRefillPerMs) -
      (isBinary ? frameBytes * base64Growth : frameBytes);
    this.#frames = Math.min(maxFrames, this.#frames + elapsed * framesRefillPerMs) - 1;
    if (frameBytes > maxClientFrameBytes) return 'FRAME_TOO_LARGE';
    if (this.#bytes < 0) return 'TOO_MUCH_AUDIO';
    if (this.#frames < 0) return 'TOO_MANY_FRAMES';
    return undefined;
  }
}
