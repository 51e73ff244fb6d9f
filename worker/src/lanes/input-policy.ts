import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { CallAgent } from '../call-agent.ts';
import type { CallerOutput } from '../caller-output.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import type { CallRecord } from '../journal/call-record.ts';
import type { Turn } from '../journal/dialogue.ts';
import { inEffect, isEscalated, isGraver, isSpeakable, type Verdict } from '../policy/decision.ts';
import type { JudgedTurn } from '../policy/judged-turn.ts';
import type { Conversation } from '../provider/provider.ts';
import { AwaitedWords } from './awaited-words.ts';
import type { Speaker } from './speaker.ts';
import { tellVerdict } from './told-verdict.ts';

/** The caller's words never came, and may not be answered unjudged. */
const unheard: Verdict = {
  decision: 'refuse',
  reasonCodes: ['INPUT:UNCLEAR'],
  severity: 1,
  rules: ['words-never-came'],
};

/** A turn of the caller, and where its words are. */
interface Said {
  /** Undefined: it was no turn, or more of its words are to come. */
  turn: Turn | undefined;
  itemId: string;
  conversation: Conversation | undefined;
}

export interface InputPolicyOptions {
  agent: CallAgent;
  config: Readonly<Config>;
  evidence: CallEvidence;
  log: Logger;
  output: CallerOutput;
  record: CallRecord;
  speaker: Speaker;
}

/** The caller's words, spoken or typed: shown, judged, written down, and answered or objected to. */
export class InputPolicy {
  readonly #options: InputPolicyOptions;
  readonly #words: JudgedTurn;
  readonly #awaited: AwaitedWords;
  #conversation: Conversation | undefined;
  /** What was objected to in this turn. */
  #objection: Verdict | undefined;
  /** What the caller was shown of the words that are being written down. */
  #shown = '';
  /** Counts utterances: a late opinion is about the one it was asked of. */
  #utterance = 0;
  #isClosed = false;

  constructor(options: InputPolicyOptions) {
    this.#options = options;
    this.#words = options.agent.policy.turn('user');
    this.#awaited = new AwaitedWords(options.config.POLICY_INPUT === 'strict', () => this.#refuseUnheard());
  }

  begin(conversation: Conversation): void {
    this.#conversation = conversation;
  }

  /** Asked when an answer is due; false: it is said to the speaker when it may come. */
  mayAnswer(): boolean {
    return this.#awaited.mayAnswer();
  }

  /** Another worker has judged the words that an answer is owed to. */
  knowsWords(): void {
    this.#awaited.known();
  }

  /** What is said from now on is judged anew, and no answer waits for words said before. */
  newUtterance(): void {
    this.#awaited.reset();
    this.#objection = undefined;
    this.#utterance++;
  }

  onTyped(text: string): void {
    const { evidence, output, record, speaker } = this.#options;
    evidence.turnEnded();
    const opinion = this.#judge(text, true, 'typed');
    output.message({ type: 'user_transcript', text: this.#words.shown, confidence: 1, isFinal: true });
    const conversation = this.#conversation;
    const itemId = conversation?.addUserText(text) ?? '';
    const said: Said = { turn: record.typed(text), itemId, conversation };
    this.newUtterance();
    this.#forgetRefused(said, opinion);
    const verdict = this.#objectionOf(opinion);
    const isConfirming = verdict === undefined && this.#confirm(text, said);
    if (!isConfirming) this.#awaited.known();
    if (verdict === undefined) speaker.apply('userTurnEnded');
    else speaker.object(verdict);
  }

  /** @param isOfLast false: an utterance before the last one; its words say nothing of what may be answered now */
  onWords(text: string, isFinal: boolean, isOfLast: boolean, itemId: string): void {
    const { output } = this.#options;
    const opinion = this.#judge(text, isFinal, 'spoken');
    const { shown } = this.#words;
    if (isFinal || shown.length > this.#shown.length) {
      output.message({ type: 'user_transcript', text: shown, confidence: 1, isFinal });
    }
    this.#shown = isFinal ? '' : shown;
    const turn = isFinal ? this.#options.record.heard(text, itemId) : undefined;
    const said: Said = { turn, itemId, conversation: this.#conversation };
    this.#forgetRefused(said, opinion);
    if (this.#isSettled(opinion)) return;
    const verdict = this.#objectionOf(opinion);
    if (verdict !== undefined) this.#object(verdict);
    else if (isFinal && isOfLast && !this.#confirm(text, said)) this.#answerNow();
  }

  onNoWords(detail: string, isOfLast: boolean, itemId: string): void {
    this.#options.log.warn({ err: detail }, 'the caller’s words could not be written down');
    this.#options.record.heard(undefined, itemId);
    if (this.#awaited.areAwaited && isOfLast) this.#refuseUnheard();
    else this.#options.output.error('PROVIDER_ERROR');
  }

  close(): void {
    this.#isClosed = true;
    this.#awaited.close();
  }

  /** What is refused is not left with the voice service either: the next turn could have it answered. */
  #forgetRefused({ turn, itemId, conversation }: Said, opinion: Verdict): void {
    if (turn === undefined || isSpeakable(opinion) || isEscalated(opinion)) return;
    this.#options.record.refused(turn);
    conversation?.forgetWords(itemId);
  }

  #object(verdict: Verdict): void {
    this.#awaited.end();
    this.#options.speaker.object(verdict);
  }

  /**
   * Asks the slower judges about all words of the utterance.
   * @returns false: there are none
   */
  #confirm(text: string, said: Said): boolean {
    const later = this.#options.agent.confirm?.(text);
    if (later === undefined) return false;
    const utterance = this.#utterance;
    void later.then((opinion) => {
      if (this.#isClosed) return;
      this.#forgetRefused(said, opinion);
      if (utterance !== this.#utterance || this.#isSettled(opinion)) return;
      const verdict = this.#objectionOf(opinion);
      if (verdict !== undefined) this.#object(verdict);
      else this.#answerNow();
    });
    return true;
  }

  #judge(text: string, isWhole: boolean, source: 'spoken' | 'typed'): Verdict {
    const { evidence } = this.#options;
    const startedMs = monotonicMs();
    const opinion = this.#words.judge(text, isWhole);
    if (isWhole) {
      const tookMs = monotonicMs() - startedMs;
      evidence.userSaid(text, source);
      evidence.judged('user', opinion, tookMs, this.#words.overruled);
    }
    return opinion;
  }

  /** The turn was objected to before, and nothing graver is known of it now. */
  #isSettled(opinion: Verdict): boolean {
    return this.#objection !== undefined && !isGraver(opinion, this.#objection);
  }

  /** What is objected to in the caller's words; undefined: they may be answered. */
  #objectionOf(opinion: Verdict): Verdict | undefined {
    const verdict = inEffect(opinion);
    if (verdict.decision === 'allow' || verdict.decision === 'rewrite') return undefined;
    this.#objection = verdict;
    this.#announce(verdict);
    return verdict;
  }

  #announce(verdict: Verdict): void {
    const { evidence, log, output } = this.#options;
    tellVerdict('user', verdict, { evidence, log, tell: (message) => output.message(message) });
    if (isEscalated(verdict)) evidence.escalated(verdict, this.#saidLast());
  }

  /** The last turns; of a turn whose words are still being written down, those so far. */
  #saidLast(): Turn[] {
    const turns = [...this.#options.record.dialogue.state().turns];
    const { shown } = this.#words;
    const isLast = turns.at(-1)?.role === 'user' && this.#shown === '';
    return isLast ? turns : [...turns, { role: 'user', text: shown }];
  }

  #answerNow(): void {
    this.#awaited.known();
    if (this.#awaited.end()) this.#options.speaker.answerNow();
  }

  #refuseUnheard(): void {
    if (!this.#awaited.end()) return;
    this.#announce(unheard);
    this.#options.speaker.object(unheard);
  }
}
