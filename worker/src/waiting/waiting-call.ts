import { durationMs } from '@vjj/shared/audio.ts';
import { monotonicMs, type Ticker } from '@vjj/shared/clock.ts';
import type { CallAgent } from '../call-agent.ts';
import type { CallerOutput } from '../caller-output.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import { heardWords } from '../lanes/heard-words.ts';
import { OutputGate } from '../lanes/output-gate.ts';

/** The line is said again after this, so that nobody takes the silence for a dead line. */
const againMs = 30_000;
/** As far ahead of the ear as lane A is ever sent: it ends when the place is free. */
const leadMs = 100;
/** No answer has this number. */
const noAnswer = 0;

export interface WaitingCallOptions {
  output: CallerOutput;
  phrases: { get(voice: string, text: string): Buffer | undefined };
  ticker: Ticker;
}

/** What a caller is told who waits for a place: where they stand, and in words that they are not forgotten. */
export class WaitingCall {
  readonly #options: WaitingCallOptions;
  readonly #gate: OutputGate;
  #position = 0;
  #agent: CallAgent | undefined;
  #evidence: CallEvidence | undefined;
  #isShown = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WaitingCallOptions) {
    this.#options = options;
    const { output, ticker } = options;
    this.#gate = new OutputGate({ leadMs, hold: 'pace' }, ticker, {
      audio: (pcm) => output.audio(pcm, 'A', noAnswer),
      released: () => undefined,
      played: () => undefined,
    });
  }

  /** The session was started: now it is known how to speak to the caller. */
  started(agent: CallAgent, evidence: CallEvidence): void {
    this.#agent = agent;
    this.#evidence = evidence;
    this.#say();
    this.#timer = setInterval(() => this.#say(), againMs);
  }

  /** @param position from 1 */
  at(position: number, etaMs: number): void {
    if (position === this.#position) return;
    this.#position = position;
    this.#options.output.message({ type: 'session.waiting', position, etaMs });
  }

  /**
   * @param cause what cuts the line short, if it is being said
   * @returns when the last that was said will have been heard; 0: nothing was
   */
  end(cause: 'placed' | 'ended'): number {
    clearInterval(this.#timer);
    const { isOpen, playEndsMs, receivedMs } = this.#gate;
    const heardMs = this.#gate.heardMs(monotonicMs());
    this.#gate.close();
    const text = this.#line;
    if (isOpen && text !== '')
      this.#evidence?.cut(cause, 'A', heardWords(text, heardMs, receivedMs), text, heardMs);
    return playEndsMs;
  }

  get #line(): string {
    return this.#agent?.lines.fallbacks.waiting ?? '';
  }

  #say(): void {
    const { output, phrases } = this.#options;
    const agent = this.#agent;
    const text = this.#line;
    if (agent === undefined || text === '' || output.route === undefined) return;
    const pcm = phrases.get(agent.voice, text);
    if (pcm !== undefined) this.#evidence?.released('A', text, text, durationMs(pcm.length));
    if (!this.#isShown) output.message({ type: 'transcript', text, confidence: 1, isFinal: true });
    this.#isShown = true;
    if (pcm === undefined) return;
    const now = monotonicMs();
    this.#gate.open();
    this.#gate.pushAudio(pcm, now);
    this.#gate.finish(now);
  }
}
