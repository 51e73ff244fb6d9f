import { bytesOf } from '@vjj/shared/audio.ts';

/** After speech the detector waits for silence, to find the end of it; so long none is held back. */
const awaitedMs = 1000;
/** It goes out at the latest when there is so much of it. */
const mostBytes = bytesOf(500);

/**
 * Silence of an open microphone that nobody waits for: in pieces of half a second the voice service takes it as well
 * as frame by frame, and most of what an open microphone hears is silence.
 */
export class HeldSilence {
  #bytes = 0;
  #spokeMs = Number.NEGATIVE_INFINITY;

  heardSpeech(nowMs: number): void {
    this.#spokeMs = nowMs;
  }

  /** @returns false: it is to go out now, together with what is held */
  holds(bytes: number, nowMs: number): boolean {
    if (nowMs - this.#spokeMs < awaitedMs || this.#bytes + bytes >= mostBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  /** How much was held, in bytes of PCM; it is not any more. */
  take(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }
}
