import { bytesOf, durationMs } from '@vjj/shared/audio.ts';

/** Loudness is looked at in windows of this length. */
const windowBytes = bytesOf(10);
/** Every fourth sample tells enough. */
const stepBytes = 8;
/** A shorter gap is a closed consonant, not a pause. */
const minPauseMs = 120;
/** A window is silent below this share of the loudest one so far, and below this level in any case. */
const silentShare = 0.04;
const silentLevel = 120;

/** Finds the pauses in speech as it comes in: the places where it can be cut without cutting a word. */
export class Pauses {
  /** Middles of the pauses, in ms from the beginning, ascending. */
  #cuts: number[] = [];
  /** Of the window that is not whole yet: how much of it came, and the magnitudes of its samples that were read. */
  #inWindow = 0;
  #sum = 0;
  #atBytes = 0;
  #loudest = 0;
  #silentSinceBytes = -1;

  /** More audio, in the order in which it is played. */
  push(pcm: Buffer): void {
    let at = 0;
    while (at < pcm.length) {
      const missing = Math.min(windowBytes - this.#inWindow, pcm.length - at);
      this.#sum += this.#magnitudes(pcm, at, at + missing);
      this.#inWindow += missing;
      at += missing;
      if (this.#inWindow < windowBytes) return;
      this.#look(this.#sum / (windowBytes / stepBytes));
      this.#inWindow = 0;
      this.#sum = 0;
    }
  }

  /** The last place at or before `ms` where the speech can be cut; 0 when there is none. */
  lastBefore(ms: number): number {
    for (let i = this.#cuts.length - 1; i >= 0; i--) {
      if (this.#cuts[i]! <= ms) return this.#cuts[i]!;
    }
    return 0;
  }

  #look(level: number): void {
    const isSilent = level < Math.max(silentLevel, this.#loudest * silentShare);
    this.#loudest = Math.max(this.#loudest, level);
    if (!isSilent) {
      this.#silentSinceBytes = -1;
    } else {
      if (this.#silentSinceBytes === -1) this.#silentSinceBytes = this.#atBytes;
      const silentMs = durationMs(this.#atBytes + windowBytes - this.#silentSinceBytes);
      // Known as soon as it is long enough; its end need not have come.
      if (silentMs === minPauseMs) this.#cuts.push(durationMs(this.#silentSinceBytes) + minPauseMs / 2);
    }
    this.#atBytes += windowBytes;
  }

  /** Sum of the magnitudes of the samples between, of those that are read. */
  #magnitudes(pcm: Buffer, from: number, to: number): number {
    let sum = 0;
    const untilRead = (stepBytes - (this.#inWindow % stepBytes)) % stepBytes;
    for (let at = from + untilRead; at + 1 < to; at += stepBytes) {
      const sample = pcm[at]! | ((pcm[at + 1]! << 24) >> 16);
      sum += sample < 0 ? -sample : sample;
    }
    return sum;
  }
}
