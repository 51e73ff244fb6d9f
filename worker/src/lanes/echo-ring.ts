import { bytesOf, durationMs, rms } from '@vjj/shared/audio.ts';
import { ByteRing } from '@vjj/shared/byte-ring.ts';

/** So much of what was kept back is remembered. */
const rememberedMs = 1500;
/** More than that, however large the frames are. */
const mostBytes = 256 * 1024;
/** A gap longer than this between loud frames ends what belongs together. */
const longestGapMs = 300;
/** So much before the first loud frame is heard too: words begin softly. */
const prefixMs = 60;

/** Bytes of all frames ever, this one included. */
type EndsAt = number;

/** Microphone frames that were kept back. When the caller turns out to have meant them, the speech in them is not lost. */
export class EchoRing {
  readonly #minRms: number;
  readonly #frames = new ByteRing<EndsAt>(mostBytes);
  #total = 0;

  constructor(minRms: number) {
    this.#minRms = minRms;
  }

  /** Copies the frame. */
  push(pcm: Buffer): void {
    this.#total += pcm.length;
    this.#frames.push(pcm, this.#total);
    this.#frames.dropWhile((endsAt) => durationMs(this.#total - endsAt) >= rememberedMs);
  }

  clear(): void {
    this.#frames.clear();
  }

  /** Takes the speech that is going on or has just ended, from its onset; empty when there is none. */
  takeSpeech(): Buffer {
    const frames = this.#frames.all();
    let from = frames.length;
    let quietMs = 0;
    for (let i = frames.length - 1; i >= 0; i--) {
      if (rms(frames[i]!.bytes) >= this.#minRms) {
        from = i;
        quietMs = 0;
      } else {
        quietMs += durationMs(frames[i]!.bytes.length);
        if (quietMs > longestGapMs) break;
      }
    }
    const before = from === 0 || from === frames.length ? Buffer.alloc(0) : frames[from - 1]!.bytes;
    const prefix = before.subarray(Math.max(0, before.length - bytesOf(prefixMs)));
    const speech = Buffer.concat([prefix, ...frames.slice(from).map(({ bytes }) => bytes)]);
    this.clear();
    return speech;
  }
}
