import { monotonicMs, type Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Lane, LaneState, ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import type { CallAgent } from '../call-agent.ts';
import type { CallerOutput } from '../caller-output.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import type { CallRecord } from '../journal/call-record.ts';
import { cutOffAfter } from '../journal/cut-off.ts';
import type { SpeakerProgress } from '../journal/journal-entry.ts';
import { isEscalated, type Verdict } from '../policy/decision.ts';
import type { Conversation, ConversationEvents, CutOff } from '../provider/provider.ts';
import { type Effect, type Event, isAnswering, next } from './arbitrator.ts';
import { tooLong } from './fallback.ts';
import { Heard } from './heard.ts';
import { OutputGate } from './output-gate.ts';
import { OwedAnswer } from './owed-answer.ts';
import { Reasoned } from './reasoned.ts';
import { Reflex } from './reflex.ts';
import { SafeLine } from './safe-line.ts';
import { ToldOwner } from './told-owner.ts';
import { TurnTimes } from './turn-times.ts';

/** Ready-made lines of the process. */
export interface SpeakerPhrases {
  get(voice: string, text: string): Buffer | undefined;
  speak(voice: string, text: string): Promise<Buffer>;
  /** Lane B's sound, for the loudness of the ready-made lines. */
  observe(voice: string, pcm: Buffer): void;
}

export interface SpeakerOptions {
  agent: CallAgent;
  config: Readonly<Config>;
  evidence: CallEvidence;
  log: Logger;
  output: CallerOutput;
  phrases: SpeakerPhrases;
  record: CallRecord;
  ticker: Ticker;
}

/** A voice service that says nothing of an answer for so long has lost it. */
const answerSilenceMs = 20_000;

/** Effects that begin something wait until the caller was told who owns the speaker: on that, players flush. */
const begins: ReadonlySet<Effect> = new Set(['requestAnswer', 'playReflex', 'playFallback']);

/** The agent's mouth in one call: the arbitrator, and the lanes it lets speak. */
export class Speaker {
  readonly #options: SpeakerOptions;
  readonly #gate: OutputGate;
  readonly #reflex: Reflex;
  readonly #safeLine: SafeLine;
  readonly #owner: ToldOwner;
  readonly #owed = new OwedAnswer();
  readonly #heard = new Heard();
  readonly #times = new TurnTimes();
  #conversation: Conversation | undefined;
  #state: LaneState = 'IDLE';
  #reasoned: Reasoned | undefined;
  #answer = 0;
  #lane: Lane = 'B';
  #isAnnounced = false;
  #wasInterrupted = false;
  /** Runs while the service owes us something of an answer. */
  #silenceTimer: NodeJS.Timeout | undefined;
  #onGoodbyeSaid: (() => void) | undefined;
  /** Nobody hears us. */
  #isHeld = false;
  /** Asked before an answer is requested; false: not yet, `answerNow` will come. */
  mayAnswer: () => boolean = () => true;
  /** The caller will have heard the agent until then. */
  onPlaybackEnds: (atMs: number) => void = () => undefined;

  /** What the voice service tells of its answers. */
  readonly events: Pick<
    ConversationEvents,
    'onAnswerStarted' | 'onAnswerItem' | 'onAudio' | 'onTranscript' | 'onToolCall' | 'onAnswerDone'
  >;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    const { agent, config, evidence, log, output, phrases, ticker } = options;
    this.#owner = new ToldOwner((message) => output.message(message));
    this.#gate = new OutputGate({ leadMs: config.OUTPUT_LEAD_MS, hold: config.POLICY_HOLD }, ticker, {
      audio: (pcm) => this.#onReleased(pcm),
      released: () => this.#announceEnd(),
      played: () => this.apply(this.#lane === 'fallback' ? 'fallbackEnded' : 'answerEnded'),
    });
    const mode = config.FALLBACK_MODE;
    this.#safeLine = new SafeLine({ agent, evidence, gate: this.#gate, log, mode, phrases });
    this.#reflex = new Reflex(
      {
        voice: agent.voice,
        lines: config.ENABLE_LANE_A ? agent.lines.reflexes : [],
        delayMs: config.REFLEX_DELAY_MS,
        phrases,
        ticker,
      },
      {
        due: () => this.apply('reflexDue'),
        audio: (pcm) => output.audio(pcm, 'A', this.#answer),
        ended: () => this.apply('reflexEnded'),
      },
    );
    this.events = {
      onAnswerStarted: () => this.#onAnswerStarted(),
      onAnswerItem: () => this.#reasoned?.onItem(),
      onAudio: (pcm) => {
        this.#silenceTimer?.refresh();
        phrases.observe(agent.voice, pcm);
        this.#reasoned?.onAudio(pcm);
      },
      onTranscript: (text, isFinal) => {
        this.#silenceTimer?.refresh();
        this.#reasoned?.onTranscript(text, isFinal);
      },
      onToolCall: (call) => this.#reasoned?.onToolCall(call),
      onAnswerDone: (outcome) => {
        clearTimeout(this.#silenceTimer);
        this.#reasoned?.onDone(outcome);
      },
    };
  }

  get state(): LaneState {
    return this.#state;
  }

  /** The voice service is connected. */
  begin(conversation: Conversation): void {
    this.#conversation = conversation;
  }

  /** What another worker would have to know to go on where this one is. */
  progress(): SpeakerProgress {
    const isAnswer = isAnswering(this.#state) && this.#state !== 'FALLBACK_PLAYING';
    const begun = isAnswer ? this.#reasoned?.progress() : undefined;
    const inProgress = this.#owed.inProgress(begun);
    const objection = this.#state === 'FALLBACK_PLAYING' ? this.#safeLine.objection : undefined;
    return {
      state: this.#state,
      answer: this.#answer,
      isAnnounced: this.#isAnnounced,
      ...(inProgress === undefined ? {} : { inProgress }),
      ...(objection === undefined ? {} : { objection }),
    };
  }

  /**
   * Takes up where another worker's speaker was; what it was saying is over.
   * @param isGoingOn the rest of it is owed, and follows
   */
  restore({ state, answer, isAnnounced }: SpeakerProgress, isGoingOn: boolean): void {
    this.#state = state;
    this.#owner.restore(state, isGoingOn);
    this.#answer = answer;
    this.#isAnnounced = isAnnounced;
    if (isGoingOn) this.#state = 'LISTENING';
    else if (state === 'FALLBACK_PLAYING') this.apply('fallbackEnded');
    else if (isAnswering(state)) this.apply('answerEnded');
  }

  /** The answer that was being spoken had been sent to its end. */
  wasFinished(): void {
    this.#announceEnd();
  }

  /** The next turn's answer goes on with this one. */
  owe(cutOff: CutOff): void {
    this.#owed.owe(cutOff);
  }

  /** Something is being played, and where it is changes by itself. */
  get isSpeaking(): boolean {
    return !this.#isHeld && (this.#state === 'B_PLAYING' || this.#state === 'FALLBACK_PLAYING');
  }

  /** An answer is owed that no turn has asked for yet. */
  get isOwing(): boolean {
    return this.#owed.isOwed;
  }

  /** Nobody hears us: nothing leaves until `release`. */
  hold(): void {
    this.#isHeld = true;
    this.#gate.pause();
  }

  release(): void {
    this.#isHeld = false;
    this.resume();
  }

  /** The caller has finished a turn; the times a caller waits are counted from here. */
  turnEnded(nowMs: number): void {
    this.#times.ended(nowMs);
  }

  /** Lets the arbitrator decide, tells the caller what changed, and does what follows. @param now when it happened */
  apply(event: Event, now = monotonicMs()): void {
    const from = this.#state;
    const { state: to, effects } = next(from, event);
    this.#state = to;
    if (event === 'bargeIn' || event === 'cancelled' || event === 'policyCancel') this.#owed.forget();
    if (event === 'answerEnded' && from !== to) {
      this.#options.record.said(this.#reasoned?.text ?? '');
      // What its slower judges still find would stop the next one.
      this.#reasoned?.stop();
    }
    for (const effect of effects) if (!begins.has(effect)) this.#do(effect, event, now);
    if (from !== to && to !== 'ENDED') this.#announce(from, to, event);
    for (const effect of effects) if (begins.has(effect)) this.#do(effect, event, now);
    if (from === 'FALLBACK_PLAYING' && to !== from) this.#onGoodbyeSaid?.();
  }

  /**
   * Says goodbye, whatever is being said.
   * @param onSaid it was heard, or nobody listens
   */
  sayGoodbye(onSaid: () => void): void {
    this.#onGoodbyeSaid = onSaid;
    this.object({ decision: 'refuse', reasonCodes: [tooLong], severity: 0, rules: [tooLong] });
  }

  /** The policy stops what is said, or what would be answered. */
  object(verdict: Verdict): void {
    // One safe line is enough, unless it turns out that a person is needed.
    if (this.#state === 'FALLBACK_PLAYING' && !this.#safeLine.isOutweighedBy(verdict)) return;
    this.#safeLine.because(verdict);
    // Words of it that are still to come would be objected to again.
    this.#reasoned?.stop();
    this.apply('policyCancel');
  }

  /** Words that had to be judged first were judged. */
  answerNow(): void {
    const isWaiting = this.#state === 'B_RESPONDING' || this.#state === 'A_PLAYING';
    const cutOff = this.#owed.take();
    if (isWaiting && this.#conversation !== undefined) this.#ask(this.#conversation, cutOff);
  }

  /** The caller may be interrupting: what has not left waits. */
  pause(): void {
    this.#gate.pause();
  }

  resume(): void {
    if (!this.#isHeld) this.#gate.resume(monotonicMs());
  }

  /**
   * The client says how much of what sounds it has played.
   * @param seq the highest message it had received then, where it says so
   * @param now when it said so
   */
  onPlayed(playedMs: number, seq: number | undefined, now: number): void {
    this.#heard.reported(playedMs, seq, now);
  }

  onPlaybackEnded(): void {
    // Said of an answer the caller spoke over, it must not close the microphone to what they say.
    if (this.#wasInterrupted) return;
    this.#gate.playbackEnded();
    this.onPlaybackEnds(monotonicMs());
  }

  end(): void {
    this.apply('ended');
    clearTimeout(this.#silenceTimer);
    this.#reasoned?.stop();
    this.#reflex.stop(monotonicMs());
    this.#gate.close();
  }

  #announce(from: LaneState, to: LaneState, event: Event): void {
    const { evidence, output, record } = this.#options;
    record.onChanged();
    evidence.laneChanged(from, to, event);
    output.message({ type: 'lane.state_changed', from, to, cause: event });
    const before = this.#owner.owner;
    this.#owner.follow(to, event);
    if (to === 'LISTENING' && before !== 'none') this.onPlaybackEnds(monotonicMs());
  }

  #do(effect: Effect, event: Event, now: number): void {
    const { evidence } = this.#options;
    switch (effect) {
      case 'requestAnswer':
        this.#requestAnswer();
        break;
      case 'cancelAnswer':
        this.#cancelAnswer(event, now);
        break;
      case 'playReflex':
        if (!this.#isHeld && this.#reflex.start(now)) this.#times.audioBegan('A');
        else this.apply('reflexEnded');
        break;
      case 'stopReflex': {
        const rest = this.#reflex.stop(now);
        if (rest !== undefined) this.#options.output.audio(rest, 'A', this.#answer);
        break;
      }
      case 'playFallback':
        this.#playFallback(now);
        break;
      case 'stopFallback':
        this.#wasInterrupted = true;
        if (event === 'bargeIn') evidence.bargedIn(this.#gate.heardMs(now));
        evidence.recording?.audioCut('fallback', this.#answer, this.#gate.heardMs(now));
        this.#gate.close();
        this.#safeLine.stop();
        if (event === 'policyCancel') this.#owner.followAnother(event);
        else if (event === 'cancelled') this.#isAnnounced = false;
        else this.#announceEnd();
        break;
    }
  }

  #requestAnswer(): void {
    const { agent, config, evidence, log, phrases, record } = this.#options;
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    const cutOff = this.#owed.begin();
    this.#beginLane('B');
    this.#reasoned = new Reasoned({
      agent,
      gate: this.#gate,
      conversation,
      before: cutOff?.said,
      evidence,
      onWhole: () => record.onChanged(),
      requestKey: (call, nth) => record.requestKey(call, nth),
      isStrict: config.POLICY_HOLD === 'sentence',
      speak: (text) => phrases.speak(agent.voice, text),
      tell: (message) => this.#tell(message),
      object: (verdict) => {
        if (isEscalated(verdict)) evidence.escalated(verdict, record.dialogue.state().turns);
        this.object(verdict);
      },
      answerOn: (said) => this.#ask(conversation, cutOff && cutOffAfter(cutOff, said)),
      log,
    });
    if (cutOff !== undefined && cutOff.said !== '') {
      const bridge = phrases.get(agent.voice, agent.lines.fallbacks.bridge);
      if (bridge !== undefined) this.#reasoned.preface(bridge);
    } else {
      // The caller waits since the turn ended, not since it was handed over.
      this.#reflex.arm(this.#times.waitedMs);
    }
    if (this.mayAnswer()) this.#ask(conversation, this.#owed.take());
  }

  #ask(conversation: Conversation, cutOff?: CutOff): void {
    conversation.answer(cutOff);
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#onServiceSilent(), answerSilenceMs);
  }

  #onServiceSilent(): void {
    const { log, output } = this.#options;
    log.error({ code: 'PROVIDER_ERROR' }, 'the voice service says nothing more of its answer; giving it up');
    output.error('PROVIDER_ERROR');
    this.#reasoned?.onDone('failed');
  }

  #cancelAnswer(event: Event, now: number): void {
    const { evidence } = this.#options;
    const heardMs = this.#heard.ms(now, this.#gate.releasedMs, this.#gate.heardMs(now));
    const inItemMs = Math.max(0, heardMs - (this.#reasoned?.itemStartMs ?? 0));
    const words = this.#reasoned?.heard(heardMs) ?? '';
    clearTimeout(this.#silenceTimer);
    this.#reasoned?.stop();
    this.#reflex.stop(now);
    this.#gate.close();
    this.#wasInterrupted = true;
    evidence.cut(event, 'B', words, this.#reasoned?.text ?? '', heardMs);
    evidence.recording?.audioCut('B', this.#answer, heardMs);
    // A safe line follows an answer that the policy stopped; the two are remembered together.
    if (event === 'policyCancel') this.#safeLine.follows(words);
    else this.#conversation?.cancelAnswer({ ms: inItemMs });
    if (event !== 'policyCancel') this.#options.record.said(words);
    // Stop and cancel promise an end in any case, and say so themselves; after a safe line it comes then.
    if (event === 'cancelled') this.#isAnnounced = false;
    else if (event !== 'ended' && event !== 'policyCancel') this.#announceEnd();
  }

  /** Tells the caller; the last words of an answer are on record before. */
  #tell(message: ServerMessageBody): void {
    const { evidence, output } = this.#options;
    if (message.type === 'transcript' && message.isFinal) {
      evidence.released(this.#lane, message.text, this.#reasoned?.text ?? '', this.#gate.releasedMs);
    }
    output.message(message);
  }

  #playFallback(now: number): void {
    const { text, said } = this.#safeLine.choose();
    this.#options.record.said(said);
    this.#conversation?.cancelAnswer({ text: said });
    this.#beginLane('fallback');
    this.#gate.pushCompanion(
      () => this.#tell({ type: 'transcript', text, confidence: 1, isFinal: true }),
      now,
    );
    this.#safeLine.speak(text);
  }

  #beginLane(lane: Lane): void {
    this.#answer++;
    this.#lane = lane;
    this.#wasInterrupted = false;
    this.#heard.reset();
    this.#gate.open();
    if (this.#isHeld) this.#gate.pause();
  }

  #onAnswerStarted(): void {
    // A continuation after tool results is the same answer.
    if (this.#isAnnounced) return;
    this.#times.answerBegan();
    this.#isAnnounced = true;
    this.#options.output.message({ type: 'response.start' });
  }

  #onReleased(pcm: Buffer): void {
    if (this.#state === 'B_RESPONDING' || this.#state === 'A_PLAYING') {
      this.#times.audioBegan('B');
      this.apply('firstAudio');
    }
    const { output } = this.#options;
    if (!this.#heard.isSounding) this.#heard.sounds(output.lastSeq + 1);
    output.audio(pcm, this.#lane, this.#answer);
  }

  #announceEnd(): void {
    this.onPlaybackEnds(this.#gate.playEndsMs);
    this.#times.tell(this.#options.evidence);
    if (!this.#isAnnounced) return;
    this.#isAnnounced = false;
    this.#options.output.message({ type: 'response.end' });
    // Another worker must not go on with what the caller knows to be over.
    this.#options.record.onChanged();
  }
}
