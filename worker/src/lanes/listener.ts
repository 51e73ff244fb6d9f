import { monotonicMs, type Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { CallAgent } from '../call-agent.ts';
import type { CallerOutput } from '../caller-output.ts';
import type { CallerAudio } from '../client-frame.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import type { CallRecord } from '../journal/call-record.ts';
import type { Turn } from '../journal/dialogue.ts';
import { Microphone } from '../microphone.ts';
import { inEffect, isEscalated, isGraver, isSpeakable, type Verdict } from '../policy/decision.ts';
import type { JudgedTurn } from '../policy/judged-turn.ts';
import type { Conversation, ConversationEvents } from '../provider/provider.ts';
import { isAnswering } from './arbitrator.ts';
import { Backchannel } from './backchannel.ts';
import type { Speaker } from './speaker.ts';
import { tellVerdict } from './told-verdict.ts';

/** In strict mode an answer waits so long for the caller's words; words that never come cannot be judged. */
const wordsLimitMs = 4000;

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

export interface ListenerOptions {
  agent: CallAgent;
  config: Readonly<Config>;
  evidence: CallEvidence;
  log: Logger;
  output: CallerOutput;
  record: CallRecord;
  ticker: Ticker;
  speaker: Speaker;
  mode: VoiceMode;
}

/** The agent's ear in one call: the microphone, the caller's words, and what the policy says of them. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #microphone: Microphone;
  readonly #words: JudgedTurn;
  #conversation: Conversation | undefined;
  /** The caller speaks while the agent does. */
  #backchannel: Backchannel | undefined;
  /** The utterance that is being taken was "uh-huh". */
  #isBackchannel = false;
  /** Strict mode: the answer waits for the words of this turn. */
  #isAwaitingWords = false;
  #hasWords = false;
  /** What was objected to in this turn. */
  #objection: Verdict | undefined;
  /** What the caller was shown of the words that are being written down. */
  #shown = '';
  /** Counts utterances: a late opinion is about the one it was asked of. */
  #utterance = 0;
  #wordsTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** What the voice service tells of the caller. */
  readonly events: Pick<
    ConversationEvents,
    'onSpeechStarted' | 'onSpeechStopped' | 'onUtterance' | 'onUserTranscript' | 'onUserTranscriptFailed'
  >;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { agent, config, record, speaker, ticker } = options;
    this.#words = agent.policy.turn('user');
    this.#microphone = new Microphone(
      { cooldownMs: config.RESPONSE_COOLDOWN_MS, minRms: config.MIN_AUDIO_RMS, ticker },
      {
        append: (base64) => {
          // In open-mic silence is passed on too; there the detector says when somebody speaks.
          if (this.#microphone.mode === 'push-to-talk') record.hearing();
          this.#conversation?.appendAudio(base64);
        },
        clear: () => {
          record.forgotten();
          this.#conversation?.clearAudio();
        },
        commit: () => this.#onCommitted(),
        passed: (ms, isLoud) => this.#onPassed(ms, isLoud),
      },
    );
    this.#microphone.mode = options.mode;
    speaker.onPlaybackEnds = (atMs) => {
      // Headsets have no echo to wait for.
      if (!this.#isDuplex) this.#microphone.playbackEnds(atMs);
    };
    speaker.mayAnswer = () => this.#mayAnswer();
    this.events = {
      onSpeechStarted: () => this.#onSpeechStarted(),
      onSpeechStopped: () => this.#onSpeechStopped(),
      onUtterance: (itemId) => this.#onUtterance(itemId),
      onUserTranscript: (...words) => this.#onWords(...words),
      onUserTranscriptFailed: (...why) => this.#onNoWords(...why),
    };
  }

  begin(conversation: Conversation): void {
    this.#conversation = conversation;
    // Of speech that only the connection before has heard nobody would tell the end.
    this.#microphone.speech(false);
    this.#options.record.forgotten();
  }

  /** What was said is about to be handed over; what comes meanwhile belongs to none. */
  get isCommitting(): boolean {
    return this.#microphone.isCommitting;
  }

  /** Frames are repeated that another worker has heard. */
  set isRepeated(isRepeated: boolean) {
    this.#microphone.isRepeated = isRepeated;
  }

  /** Another worker has judged the words that an answer is owed to. */
  knowsWords(): void {
    this.#hasWords = true;
  }

  onAudio(audio: CallerAudio): void {
    this.#microphone.hear(audio, this.#isListening(), monotonicMs());
  }

  /** The caller means to be heard at once. */
  open(): void {
    this.#forgetTurn();
    this.#microphone.open(monotonicMs());
  }

  stop(): void {
    this.#forgetTurn();
    this.#microphone.stop(monotonicMs());
  }

  forget(): void {
    this.#forgetTurn();
    this.#microphone.forget();
  }

  /** @returns false: there was too little to be understood */
  commit(): boolean {
    this.#options.speaker.turnEnded(monotonicMs());
    return this.#microphone.commitSoon();
  }

  setMode(mode: VoiceMode): void {
    this.#forgetBackchannel();
    this.#microphone.mode = mode;
    this.#microphone.forget();
    this.#microphone.speech(false);
  }

  onTyped(text: string): void {
    const { evidence, output, speaker } = this.#options;
    if (isAnswering(speaker.state)) speaker.apply('bargeIn');
    speaker.turnEnded(monotonicMs());
    evidence.turnEnded();
    const opinion = this.#judge(text, true, 'typed');
    output.message({ type: 'user_transcript', text: this.#words.shown, confidence: 1, isFinal: true });
    const conversation = this.#conversation;
    const itemId = conversation?.addUserText(text) ?? '';
    const said: Said = { turn: this.#options.record.typed(text), itemId, conversation };
    this.#newUtterance();
    this.#forgetRefused(said, opinion);
    const verdict = this.#objectionOf(opinion);
    const isConfirming = verdict === undefined && this.#confirm(text, said);
    this.#hasWords = !isConfirming;
    if (verdict === undefined) speaker.apply('userTurnEnded');
    else speaker.object(verdict);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#wordsTimer);
    this.#microphone.close();
  }

  /** The microphone is open while the agent speaks. */
  get #isDuplex(): boolean {
    return this.#options.config.ECHO_GUARD === 'duplex' && this.#microphone.mode === 'open-mic';
  }

  #isListening(): boolean {
    const { state } = this.#options.speaker;
    return state === 'LISTENING' || (this.#isDuplex && isAnswering(state));
  }

  #onCommitted(): void {
    this.#newUtterance();
    if (this.#microphone.mode === 'push-to-talk') this.#options.record.taken();
    this.#conversation?.commitAudio();
    // In open-mic the voice service says when it has taken an utterance, this one too.
    if (this.#microphone.mode !== 'push-to-talk') return;
    this.#options.evidence.turnEnded();
    this.#options.speaker.apply('userTurnEnded');
  }

  /** What is said from now on is judged anew: it is no "uh-huh", and no answer waits for words said before. */
  #forgetTurn(): void {
    this.#forgetBackchannel();
    this.#newUtterance();
  }

  #forgetBackchannel(): void {
    this.#backchannel = undefined;
    this.#isBackchannel = false;
    this.#options.speaker.resume();
  }

  #newUtterance(): void {
    clearTimeout(this.#wordsTimer);
    this.#isAwaitingWords = false;
    this.#hasWords = false;
    this.#objection = undefined;
    this.#utterance++;
  }

  #onSpeechStarted(): void {
    // It was under way when the caller changed the mode: that forgot it, and nobody would tell of its end.
    if (this.#microphone.mode !== 'open-mic') return;
    const { output, speaker } = this.#options;
    this.#microphone.speech(true);
    this.#options.record.hearing();
    output.message({ type: 'speech.started' });
    this.#isBackchannel = false;
    if (!isAnswering(speaker.state)) return;
    speaker.pause();
    this.#backchannel = new Backchannel();
  }

  #onPassed(ms: number, isLoud: boolean): void {
    if (isLoud && this.#microphone.mode === 'open-mic') this.#options.record.loud();
    const known = this.#backchannel?.push(ms, isLoud);
    if (known === 'meant') {
      this.#options.speaker.apply('bargeIn');
      this.open();
    } else if (known === 'over') {
      // Not the end of it yet: until the utterance is taken, more of it may come and be meant.
      this.#isBackchannel = true;
      this.#options.speaker.resume();
    }
  }

  #onSpeechStopped(): void {
    // With the mode, the caller has ended it.
    if (this.#microphone.mode !== 'open-mic') return;
    this.#microphone.speech(false);
    this.#options.speaker.turnEnded(monotonicMs());
    this.#options.output.message({ type: 'speech.stopped' });
  }

  #onUtterance(itemId: string): void {
    if (this.#microphone.mode !== 'open-mic') {
      this.#options.record.named(itemId);
      return;
    }
    this.#microphone.taken();
    // Taken before it was clear what it was: too short to be meant, unless what was spoken over has ended meanwhile.
    const isShort = this.#isBackchannel || this.#backchannel !== undefined;
    this.#forgetBackchannel();
    if (isShort && isAnswering(this.#options.speaker.state)) {
      this.#options.record.forgotten();
      this.#conversation?.forgetUtterance();
      return;
    }
    this.#newUtterance();
    this.#options.record.taken(itemId);
    this.#options.evidence.turnEnded();
    this.#options.speaker.apply('userTurnEnded');
  }

  /** @param isOfLast false: an utterance before the last one; its words say nothing of what may be answered now */
  #onWords(text: string, isFinal: boolean, isOfLast: boolean, itemId: string): void {
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

  /** What is refused is not left with the voice service either: the next turn could have it answered. */
  #forgetRefused({ turn, itemId, conversation }: Said, opinion: Verdict): void {
    if (turn === undefined || isSpeakable(opinion) || isEscalated(opinion)) return;
    this.#options.record.refused(turn);
    conversation?.forgetWords(itemId);
  }

  #object(verdict: Verdict): void {
    this.#isAwaitingWords = false;
    clearTimeout(this.#wordsTimer);
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

  #onNoWords(detail: string, isOfLast: boolean, itemId: string): void {
    this.#options.log.warn({ err: detail }, 'the caller’s words could not be written down');
    this.#options.record.heard(undefined, itemId);
    if (this.#isAwaitingWords && isOfLast) this.#refuseUnheard();
    else this.#options.output.error('PROVIDER_ERROR');
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

  /** Strict mode: no answer before the words were judged. */
  #mayAnswer(): boolean {
    if (this.#options.config.POLICY_INPUT !== 'strict' || this.#hasWords) return true;
    this.#isAwaitingWords = true;
    clearTimeout(this.#wordsTimer);
    this.#wordsTimer = setTimeout(() => this.#refuseUnheard(), wordsLimitMs);
    return false;
  }

  #answerNow(): void {
    this.#hasWords = true;
    if (!this.#isAwaitingWords) return;
    this.#isAwaitingWords = false;
    clearTimeout(this.#wordsTimer);
    this.#options.speaker.answerNow();
  }

  #refuseUnheard(): void {
    if (!this.#isAwaitingWords) return;
    this.#isAwaitingWords = false;
    clearTimeout(this.#wordsTimer);
    this.#announce(unheard);
    this.#options.speaker.object(unheard);
  }
}
