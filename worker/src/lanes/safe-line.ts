import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { CallAgent } from '../call-agent.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import type { SpeakerProgress } from '../journal/journal-entry.ts';
import { isGraver, type Verdict } from '../policy/decision.ts';
import { type FallbackMode, fallbackFor } from './fallback.ts';
import type { OutputGate } from './output-gate.ts';

export interface SafeLineOptions {
  agent: CallAgent;
  evidence: CallEvidence;
  gate: OutputGate;
  log: Logger;
  mode: FallbackMode;
  phrases: {
    get(voice: string, text: string): Buffer | undefined;
    speak(voice: string, text: string): Promise<Buffer>;
  };
}

/** What is said in place of what the policy stopped: why, which line fits, and its sound. */
export class SafeLine {
  readonly #options: SafeLineOptions;
  #objection: Verdict | undefined;
  /** What was heard of the answer that it follows. */
  #wordsBefore = '';
  /** Counts lines: one whose sound is late may be over by then. */
  #line = 0;

  constructor(options: SafeLineOptions) {
    this.#options = options;
  }

  /** Why the last one is said, or will be; for the journal. */
  get objection(): SpeakerProgress['objection'] {
    const objection = this.#objection;
    if (objection === undefined) return undefined;
    return { ...objection, reasonCodes: [...objection.reasonCodes], rules: [...objection.rules] };
  }

  /** Another line than the one that is said must take its place: it turned out that a person is needed. */
  isOutweighedBy(verdict: Verdict): boolean {
    return isGraver(verdict, this.#objection);
  }

  /** The next one is said because of this. */
  because(verdict: Verdict): void {
    this.#objection = verdict;
  }

  /** The next one follows an answer of which these words were heard; the two are remembered together. */
  follows(words: string): void {
    this.#wordsBefore = words;
  }

  /**
   * Chooses the line that fits what was objected to, and puts that on record.
   * @returns its words, and those to be remembered: what it follows, and they
   */
  choose(): { text: string; said: string } {
    const { agent, evidence, mode } = this.#options;
    const {
      decision = 'refuse',
      asDecided = decision,
      reasonCodes = [],
      severity = 0,
    } = this.#objection ?? {};
    const kind = fallbackFor(mode, asDecided, reasonCodes, severity);
    evidence.fellBack(kind, reasonCodes);
    const text = agent.lines.fallbacks[kind];
    const said = `${this.#wordsBefore} ${text}`.trim();
    this.#wordsBefore = '';
    return { text, said };
  }

  /** Lets its sound into the gate, and nothing after it. */
  speak(text: string): void {
    const { agent, phrases } = this.#options;
    const line = ++this.#line;
    const pcm = phrases.get(agent.voice, text);
    if (pcm === undefined) void this.#speakLate(text, line);
    else this.#push(pcm);
  }

  /** It is not wanted any more; sound that is still to come is thrown away. */
  stop(): void {
    this.#line++;
  }

  /** A line that was not ready is spoken now, if it can be: silence is no answer. */
  async #speakLate(text: string, line: number): Promise<void> {
    const { agent, log, phrases } = this.#options;
    const pcm = await phrases.speak(agent.voice, text).catch((error: Error) => {
      log.error({ err: error.message }, 'a safe line could not be spoken; it is written only');
      return Buffer.alloc(0);
    });
    if (this.#line === line) this.#push(pcm);
  }

  #push(pcm: Buffer): void {
    const { gate } = this.#options;
    const now = monotonicMs();
    gate.pushAudio(pcm, now);
    gate.judgedAll(now);
    gate.finish(now);
  }
}
