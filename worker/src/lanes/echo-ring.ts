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

/** Microphone frames that were kept back. When the caller turns out to have meant them, the speech in them is not lost. */
export class EchoRing {
  readonly #minRms: number;
  readonly #bytes = new ByteRing(mostBytes);
  /** Of each frame. */
  #isLoud: boolean[] = [];
  #lengths: number[] = [];
  #total = 0;

  constructor(minRms: number) {
    this.#minRms = minRms;
  }

  /** Copies the frame. */
  push(pcm: Buffer): void {
    while (!this.#bytes.push(pcm)) this.#drop();
    this.#isLoud.push(rms(pcm) >= this.#minRms);
    this.#lengths.push(pcm.length);
    this.#total += pcm.length;
    while (this.#lengths.length > 1 && durationMs(this.#total - this.#lengths[0]!) >= rememberedMs)
      this.#drop();
  }

  clear(): void {
    if (this.#lengths.length === 0) return;
    this.#bytes.clear();
    this.#isLoud = [];
    this.#lengths = [];
    this.#total = 0;
  }

  /** Takes the speech that is going on or has just ended, from its onset; empty when there is none. */
  takeSpeech(): Buffer {
    const frames = this.#bytes.all();
    let from = frames.length;
    let quietMs = 0;
    for (let i = frames.length - 1; i >= 0; i--) {
      if (this.#isLoud[i]) {
        from = i;
        quietMs = 0;
      } else {
        quietMs += durationMs(frames[i]!.length);
        if (quietMs > longestGapMs) break;
      }
    }
    const before = from === 0 || from === frames.length ? Buffer.alloc(0) : frames[from - 1]!;
    const prefix = before.subarray(Math.max(0, before.length - bytesOf(prefixMs)));
    const speech = Buffer.concat([prefix, ...frames.slice(from)]);
    this.clear();
    return speech;
  }

  #drop(): void {
    this.#bytes.drop();
    this.#isLoud.shift();
    this.#total -= this.#lengths.shift() ?? 0;
  }
}
