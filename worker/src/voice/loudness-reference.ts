import { speechRms } from './loudness.ts';

/** How loud ready-made lines are until an answer has been heard (−21 dBFS, what speech services deliver). */
const usualRms = 3000;
/** Answers may move that by 6 dB each way, no further: a whisper must not make the lines inaudible. */
const farthest = 2;
/** One piece of an answer in so many is measured. */
const everyNth = 8;
/** Pieces measured before a voice's loudness is believed: about three seconds of speech. */
const fewest = 8;
/** Share of one piece in the running mean of power: with more, a worker of many calls would follow single words. */
const weight = 0.01;
/** Differences below 1.5 dB are not heard; following them would only cost work. */
const audible = 1.19;

interface Heard {
  pieces: number;
  power: number;
  target: number;
}

/** How loud the answers of each voice are in this process, and so how loud its ready-made lines should be. */
export class LoudnessReference {
  readonly #voices = new Map<string, Heard>();
  #seen = 0;

  /** A piece of an answer of that voice, PCM16. Costs next to nothing: most pieces are only counted. */
  observe(voice: string, pcm: Buffer): void {
    if (this.#seen++ % everyNth !== 0) return;
    const loudness = speechRms(pcm, 4);
    if (loudness === 0) return;
    const heard = this.#voices.get(voice) ?? { pieces: 0, power: 0, target: usualRms };
    this.#voices.set(voice, heard);
    heard.pieces++;
    // The first ones count alike, or the very first would weigh for a long time.
    heard.power += (loudness ** 2 - heard.power) * Math.max(weight, 1 / heard.pieces);
    if (heard.pieces < fewest) return;
    const estimate = Math.min(usualRms * farthest, Math.max(usualRms / farthest, Math.sqrt(heard.power)));
    const change = estimate / heard.target;
    if (change > audible || change < 1 / audible) heard.target = estimate;
  }

  /** The loudness for lines of that voice, as of `speechRms`; moves in steps that can be heard. */
  targetRms(voice: string): number {
    return this.#voices.get(voice)?.target ?? usualRms;
  }
}
