import { sampleRate } from '@vjj/shared/protocol/messages.ts';
import { fromPcm16 } from '../sdk/pcm.ts';
import { SampleRing } from './sample-ring.ts';

const samplesPerMs = sampleRate / 1_000;
/** Room to begin with, ms; the server sends little more than its lead of 600 ms. */
const initialRoomMs = 5_000;
/** After silence playing starts when so much is queued, or was waited for: less and the first jitter is heard, ms. */
const primeMs = 40;
/** A cut-off answer fades so fast: slower is heard as speech, faster as a click, ms. */
const cutFadeMs = 4;

export interface PlaybackStats {
  /** Samples really played since the page opened. */
  playedSamples: number;
  /** Loudest sample played, 0 to 1. */
  peak: number;
  /** Root mean square of everything played, 0 to 1. */
  rms: number;
  /** How often the queue ran dry in the middle of an answer. */
  underruns: number;
}

/** What is to be played, in order, and the account of what was. Runs inside the audio worklet. */
export class PlaybackQueue {
  readonly #ring = new SampleRing(initialRoomMs * samplesPerMs);
  /** How the queued samples divide into answers, oldest first. */
  #segments: { answer: number; samples: number }[] = [];
  #answer = -1;
  #answerPlayed = 0;
  #isPrimed = false;
  #waited = 0;
  #isAnswerOver = false;
  /** Whether the queue ran dry with its answer unfinished: an underrun, if more of that answer comes. */
  #wasStarved = false;
  #played = 0;
  #peak = 0;
  #sumOfSquares = 0;
  #underruns = 0;

  get queuedSamples(): number {
    return this.#ring.length;
  }

  /** Samples played of the answer that is, or was last, playing. */
  get answerPlayedSamples(): number {
    return this.#answerPlayed;
  }

  get stats(): PlaybackStats {
    const rms = this.#played === 0 ? 0 : Math.sqrt(this.#sumOfSquares / this.#played);
    return { playedSamples: this.#played, peak: this.#peak, rms, underruns: this.#underruns };
  }

  /** Queues audio of an answer; a different number than before begins another answer. */
  push(samples: Int16Array, answer: number): void {
    const last = this.#segments.at(-1);
    if (answer !== (last?.answer ?? this.#answer)) this.#isAnswerOver = false;
    if (last?.answer === answer) last.samples += samples.length;
    else this.#segments.push({ answer, samples: samples.length });
    if (this.#ring.length === 0 && answer === this.#answer && this.#wasStarved) this.#underruns++;
    this.#wasStarved = false;
    this.#ring.push(samples);
  }

  /** No more audio of the answer will come. */
  endAnswer(): void {
    this.#isAnswerOver = true;
  }

  /** Throws away what is queued, but for a fade too short to be heard as speech. */
  flush(): void {
    this.#ring.cutWithFade(this.#isPrimed ? cutFadeMs * samplesPerMs : 0);
    const playing = this.#segments[0]?.answer ?? this.#answer;
    this.#segments = this.#ring.length === 0 ? [] : [{ answer: playing, samples: this.#ring.length }];
    this.#wasStarved = false;
  }

  /** Fills `output` (−1 to 1) with what comes next and silence after it; true when an answer's last sample was played. */
  pull(output: Float32Array): boolean {
    if (!this.#mayPlay(output.length)) {
      output.fill(0);
      return this.#takeEnd();
    }
    const count = Math.min(output.length, this.#ring.length);
    for (let at = 0; at < count; at++) output[at] = this.#account(fromPcm16(this.#ring.shift()));
    output.fill(0, count);
    this.#advance(count);
    if (this.#ring.length > 0) return false;
    this.#isPrimed = false;
    this.#waited = 0;
    this.#wasStarved = !this.#isAnswerOver;
    return this.#takeEnd();
  }

  #mayPlay(passing: number): boolean {
    if (this.#ring.length === 0) return false;
    this.#waited += passing;
    const enough = primeMs * samplesPerMs;
    this.#isPrimed ||= this.#isAnswerOver || this.#ring.length >= enough || this.#waited >= enough;
    return this.#isPrimed;
  }

  #takeEnd(): boolean {
    const isEnd = this.#isAnswerOver && this.#ring.length === 0;
    if (isEnd) this.#isAnswerOver = false;
    return isEnd;
  }

  #account(sample: number): number {
    this.#peak = Math.max(this.#peak, Math.abs(sample));
    this.#sumOfSquares += sample * sample;
    this.#played++;
    return sample;
  }

  #advance(count: number): void {
    let left = count;
    for (let segment = this.#segments[0]; segment !== undefined && left > 0; segment = this.#segments[0]) {
      if (segment.answer !== this.#answer) {
        this.#answer = segment.answer;
        this.#answerPlayed = 0;
      }
      const taken = Math.min(left, segment.samples);
      this.#answerPlayed += taken;
      segment.samples -= taken;
      left -= taken;
      if (segment.samples === 0) this.#segments.shift();
    }
  }
}
