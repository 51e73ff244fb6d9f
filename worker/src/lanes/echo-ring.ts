import { bytesOf, durationMs, rms } from '@vjj/shared/audio.ts';

/** So much of what was kept back is remembered. */
const rememberedMs = 1500;
/** A gap longer than this between loud frames ends what belongs together. */
const longestGapMs = 300;
/** So much before the first loud frame is heard too: words begin softly. */
const prefixMs = 60;

/** Microphone frames that were kept back. When the caller turns out to have meant them, the speech in them is not lost. */
export class EchoRing {
  readonly #minRms: number;
  #frames: { pcm: Buffer; isLoud: boolean }[] = [];
  #bytes = 0;

  constructor(minRms: number) {
    this.#minRms = minRms;
  }

  push(pcm: Buffer): void {
    // The frame is a view on the link's buffer, which would be kept alive whole.
    this.#frames.push({ pcm: Buffer.from(pcm), isLoud: rms(pcm) >= this.#minRms });
    this.#bytes += pcm.length;
    while (this.#frames.length > 1 && durationMs(this.#bytes - this.#frames[0]!.pcm.length) >= rememberedMs) {
      this.#bytes -= this.#frames.shift()!.pcm.length;
    }
  }

  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }

  /** Takes the speech that is going on or has just ended, from its onset; empty when there is none. */
  takeSpeech(): Buffer {
    const frames = this.#frames;
    this.clear();
    let from = frames.length;
    let quietMs = 0;
    for (let i = frames.length - 1; i >= 0; i--) {
      const { pcm, isLoud } = frames[i]!;
      if (isLoud) {
        from = i;
        quietMs = 0;
      } else {
        quietMs += durationMs(pcm.length);
        if (quietMs > longestGapMs) break;
      }
    }
    if (from === frames.length) return Buffer.alloc(0);
    const before = from === 0 ? Buffer.alloc(0) : frames[from - 1]!.pcm;
    const prefix = before.subarray(Math.max(0, before.length - bytesOf(prefixMs)));
    return Buffer.concat([prefix, ...frames.slice(from).map(({ pcm }) => pcm)]);
  }
}
