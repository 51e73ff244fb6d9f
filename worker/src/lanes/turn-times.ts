import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Lane } from '@vjj/shared/protocol/messages.ts';
import { audioBegan, responseBegan } from '../call-metrics.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';

/** How long the caller waits in a turn, ms from its end on. */
export class TurnTimes {
  #endedMs = 0;
  /** Of the answer to this turn, once they are known. */
  #ttfbMs: number | undefined;
  #firstAudioMs: number | undefined;

  /** The caller has finished the turn. */
  ended(nowMs: number): void {
    this.#endedMs = nowMs;
  }

  get waitedMs(): number {
    return monotonicMs() - this.#endedMs;
  }

  answerBegan(): void {
    this.#ttfbMs = this.waitedMs;
    responseBegan(this.#ttfbMs);
  }

  /** The rest of an answer that another worker began is none that the caller waited for since the turn. */
  audioBegan(lane: Lane): void {
    if (lane === 'B' && this.#ttfbMs === undefined) return;
    const { waitedMs } = this;
    if (lane === 'B') this.#firstAudioMs = waitedMs;
    audioBegan(lane, waitedMs);
  }

  /** Puts them on record, once for each answer. */
  tell(evidence: CallEvidence): void {
    if (this.#ttfbMs === undefined) return;
    evidence.timed(this.#ttfbMs, this.#firstAudioMs, this.waitedMs);
    this.#ttfbMs = undefined;
    this.#firstAudioMs = undefined;
  }
}
