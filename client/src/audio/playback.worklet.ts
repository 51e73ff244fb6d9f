import { type PlaybackCommand, type PlaybackReport, playbackWorkletName } from './playback-messages.ts';
import { PlaybackQueue } from './playback-queue.ts';

/** Quanta of 128 samples between reports: 5 are 27 ms at 24,000 Hz. */
const quantaPerReport = 5;

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #queue = new PlaybackQueue();
  #generation = 0;
  #pushed = 0;
  #quanta = 0;
  #wasQuiet = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlaybackCommand>) => this.#obey(data);
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (output === undefined) return true;
    const isAnswerPlayed = this.#queue.pull(output);
    const isQuiet = this.#queue.queuedSamples === 0;
    const hasChanged = isQuiet !== this.#wasQuiet;
    this.#wasQuiet = isQuiet;
    if (isAnswerPlayed || hasChanged || (!isQuiet && ++this.#quanta >= quantaPerReport))
      this.#report(isAnswerPlayed);
    return true;
  }

  #obey(command: PlaybackCommand): void {
    switch (command.type) {
      case 'push':
        this.#pushed += command.samples.length;
        this.#queue.push(command.samples, command.answer);
        break;
      case 'endAnswer':
        this.#queue.endAnswer();
        break;
      case 'flush':
        this.#generation = command.generation;
        this.#pushed = 0;
        this.#queue.flush();
        break;
    }
  }

  #report(isAnswerPlayed: boolean): void {
    this.#quanta = 0;
    const report: PlaybackReport = {
      generation: this.#generation,
      pushedSamples: this.#pushed,
      queuedSamples: this.#queue.queuedSamples,
      answerPlayedSamples: this.#queue.answerPlayedSamples,
      isAnswerPlayed,
      stats: this.#queue.stats,
    };
    this.port.postMessage(report);
  }
}

registerProcessor(playbackWorkletName, PlaybackProcessor);
