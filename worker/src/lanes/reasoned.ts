import { durationMs } from '@vjj/shared/audio.ts';
import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import type { CallAgent, Disclaimer } from '../call-agent.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import type { AnswerInProgress } from '../journal/journal-entry.ts';
import { inEffect, type Verdict } from '../policy/decision.ts';
import type { JudgedTurn } from '../policy/judged-turn.ts';
import type { AnswerOutcome, Conversation, ToolCall } from '../provider/provider.ts';
import { AnswerText } from './answer-text.ts';
import { AnswerTools, type ToolAnswer } from './answer-tools.ts';
import { heardWords } from './heard-words.ts';
import { MeaningCheck } from './meaning-check.ts';
import type { OutputGate } from './output-gate.ts';
import { rewrittenRest } from './rewritten-rest.ts';
import { tellVerdict } from './told-verdict.ts';

/** Words that never came cannot be judged, and are not spoken in strict mode. */
export const unjudged: Verdict = {
  decision: 'refuse',
  reasonCodes: ['OUTPUT:UNCLEAR'],
  severity: 2,
  rules: ['words-never-came'],
};

export interface ReasonedOptions {
  agent: CallAgent;
  gate: OutputGate;
  conversation: Conversation;
  /** What the caller heard of this answer before it was cut off on another worker. */
  before?: string | undefined;
  evidence: CallEvidence;
  /** All words of the answer have come, and are to be heard. */
  onWhole?: () => void;
  /** Names what a tool is asked, the same when another worker has to ask again. */
  requestKey?: (call: ToolCall, nth: number) => string;
  /** Strict mode: nothing is heard before its words were judged. */
  isStrict: boolean;
  /** Has a line spoken by the voice of the answers. @throws when that is not possible in time */
  speak: (text: string) => Promise<Buffer>;
  tell: (message: ServerMessageBody) => void;
  /** The policy objects to what is said; the answer must be stopped. */
  object: (verdict: Verdict) => void;
  /** The tools have answered; the service is to go on. @param said the words so far, without those of other workers */
  answerOn: (said: string) => void;
  log: Logger;
}

/**
 * Lane B: one answer, from the first word to the last. Its words are judged before their sound leaves the gate;
 * tools are run, citations and disclaimers added; what may not be said is rewritten or stopped.
 */
export class Reasoned {
  readonly #options: ReasonedOptions;
  readonly #text: AnswerText;
  readonly #words: JudgedTurn;
  readonly #meaning: MeaningCheck;
  readonly #tools: AnswerTools;
  /** Characters of the answer that a partial transcript has shown. */
  #shownLength = 0;
  #itemStartMs = 0;
  #hasAllWords = false;
  /** Sound of the current part that has come, thrown away or not. */
  #partSoundMs = 0;
  #rewrite: { keptMs: number; isSpoken: boolean } | undefined;
  /** Settles when the service has no more to say, and no more to ask of tools, until it is to go on. */
  #serviceDone = Promise.withResolvers<void>();
  /** Sound before the first word that is none of the answer. */
  #prefaceMs = 0;
  #isWhole = false;
  #isOver = false;
  /** The part was dealt with as a whole. */
  #isActedOn = false;
  /** Settles when the slower judges have spoken of the part, or their time is over. */
  #confirmation: Promise<void> | undefined;
  /** What has come since the service began a further item, while the one before is being judged. */
  #later: (() => void)[] | undefined;
  readonly #disclaimers = new Map<string, Disclaimer>();

  constructor(options: ReasonedOptions) {
    this.#options = options;
    const { agent, before, conversation, evidence, log, requestKey, tell } = options;
    this.#text = new AnswerText(before);
    this.#words = agent.policy.turn('assistant');
    this.#meaning = new MeaningCheck(this.#words, (opinion) => this.#act(inEffect(opinion)));
    this.#tools = new AnswerTools({ agent, conversation, evidence, log, requestKey, tell });
  }

  /** All words of the answer so far. */
  get text(): string {
    return this.#text.all;
  }

  /** Where in the answer the service's newest item begins; what is spoken after it by ourselves is none of it. */
  get itemStartMs(): number {
    return this.#itemStartMs;
  }

  /** The words that were heard, when the answer was stopped at `heardMs`. */
  heard(heardMs: number): string {
    return heardWords(this.text, heardMs - this.#prefaceMs, this.#soundMs - this.#prefaceMs);
  }

  /** What another worker would have to know to go on with the answer. */
  progress(): AnswerInProgress {
    const { before = '', gate } = this.#options;
    return {
      before,
      text: this.text,
      isWhole: this.#isWhole,
      soundMs: this.#soundMs,
      releasedMs: gate.releasedMs,
      prefaceMs: this.#prefaceMs,
      isPaused: gate.isPaused,
    };
  }

  /** Speaks something ready-made before the first word. */
  preface(pcm: Buffer): void {
    const { gate } = this.#options;
    const now = monotonicMs();
    gate.pushAudio(pcm, now);
    gate.judgedAll(now);
    this.#beginPart();
    this.#prefaceMs = gate.partStartMs;
  }

  /** How long all words so far sound. */
  get #soundMs(): number {
    const { gate } = this.#options;
    const isCut = this.#rewrite !== undefined && !this.#rewrite.isSpoken;
    return isCut ? gate.partStartMs + this.#partSoundMs : gate.receivedMs;
  }

  /** @param pcm good until the call returns */
  onAudio(pcm: Buffer): void {
    if (this.#isOver) return;
    if (this.#later !== undefined) {
      const kept = Buffer.from(pcm);
      this.#later.push(() => this.onAudio(kept));
      return;
    }
    this.#partSoundMs += durationMs(pcm.length);
    if (this.#rewrite !== undefined) return;
    this.#options.gate.pushAudio(pcm, monotonicMs());
  }

  onTranscript(text: string, isFinal: boolean): void {
    if (this.#waits(() => this.onTranscript(text, isFinal)) || this.#isOver || this.#hasAllWords) return;
    const { evidence } = this.#options;
    this.#text.hear(text);
    this.#hasAllWords = isFinal;
    const startedMs = monotonicMs();
    const opinion = this.#words.judge(this.text, isFinal);
    if (isFinal) evidence.judged('assistant', opinion, monotonicMs() - startedMs, this.#words.overruled);
    this.#act(inEffect(opinion));
    if (!this.#words.isSettled) this.#meaning.start();
  }

  /** Does what follows from the newest opinion on the words so far. */
  #act(verdict: Verdict): void {
    const { gate, object, tell } = this.#options;
    const isFinal = this.#hasAllWords && this.#words.isSettled;
    if (this.#isActedOn) return;
    this.#isActedOn = isFinal;
    switch (verdict.decision) {
      case 'allow': {
        if (this.#rewrite !== undefined) {
          // What was objected to turned out to be the beginning of another word; its sound was thrown away.
          if (isFinal) this.#run(this.#speakRewritten({ ...verdict, safeRewrite: this.text }));
          break;
        }
        const { certainUntil } = this.#words;
        const certain = this.text.slice(0, certainUntil);
        const now = monotonicMs();
        // A sentence whose meaning is looked at once more takes no word back that was shown.
        if (isFinal || certain.length > this.#shownLength) {
          this.#shownLength = certain.length;
          gate.pushCompanion(
            () => tell({ type: 'transcript', text: this.#text.shown(certain), confidence: 1, isFinal }),
            now,
            'transcript',
          );
        }
        gate.judged(this.#text.lengthInPart(certainUntil), now);
        if (isFinal) this.#confirm(now);
        break;
      }
      case 'rewrite':
        if (this.#rewrite === undefined) {
          this.#rewrite = { keptMs: gate.keepJudged(), isSpoken: false };
          this.#announce(verdict);
        }
        if (isFinal) this.#run(this.#speakRewritten(verdict));
        break;
      default:
        this.#announce(verdict);
        object(verdict);
        break;
    }
  }

  /** Asks the slower judges about all words of the part; in strict mode its sound waits for them. */
  #confirm(nowMs: number): void {
    const { agent, gate, isStrict, object } = this.#options;
    const later = agent.confirm?.(this.text);
    if (later === undefined || !isStrict) gate.judgedAll(nowMs);
    if (later === undefined) return;
    this.#confirmation = later.then((opinion) => {
      if (this.#isOver || !gate.isOpen) return;
      const verdict = inEffect(opinion);
      if (verdict.decision === 'allow') {
        if (isStrict) gate.judgedAll(monotonicMs());
      } else {
        this.#announce(verdict);
        object(verdict);
      }
    });
  }

  /** The service begins a further item of the same answer, with words of its own. */
  onItem(): void {
    if (this.#waits(() => this.onItem()) || this.#isOver || this.#rewrite !== undefined) return;
    if (!this.#options.isStrict) {
      this.#beginPart();
      return;
    }
    this.#later = [];
    this.#run(this.#beginPartWhenJudged());
  }

  /** @returns true: it is dealt with later */
  #waits(work: () => void): boolean {
    this.#later?.push(work);
    return this.#later !== undefined;
  }

  async #beginPartWhenJudged(): Promise<void> {
    if (await this.#isPartJudged()) this.#beginPart();
    const later = this.#later ?? [];
    this.#later = undefined;
    for (const work of later) work();
  }

  onToolCall(call: ToolCall): void {
    if (this.#waits(() => this.onToolCall(call)) || this.#isOver) return;
    this.#tools.run(call);
  }

  onDone(outcome: AnswerOutcome): void {
    if (this.#waits(() => this.onDone(outcome)) || this.#isOver) return;
    const { isStrict } = this.#options;
    if (outcome === 'failed') {
      this.#fail();
      return;
    }
    this.#serviceDone.resolve();
    if (this.#rewrite !== undefined) {
      if (!this.#hasAllWords) this.#giveUp();
      return; // else it goes on when it is spoken
    }
    if (isStrict && !this.#tools.areAwaited && this.#hasUnjudgedSound) this.#giveUp();
    else this.#goOnOrFinish();
  }

  /** What has left of the answer is heard to its end, and is all there is of it. */
  #fail(): void {
    const { conversation, evidence, gate } = this.#options;
    const { releasedMs } = gate;
    const heard = this.heard(releasedMs);
    evidence.cut('failed', 'B', heard, this.text, releasedMs);
    conversation.cancelAnswer({ ms: Math.max(0, releasedMs - this.#itemStartMs) });
    this.#text.replace(heard);
    gate.dropRest();
    gate.finish(monotonicMs());
  }

  #goOnOrFinish(): void {
    this.#run(this.#tools.areAwaited ? this.#goOnWithTools() : this.#finish());
  }

  /** Nothing of this answer is wanted any more. */
  stop(): void {
    this.#isOver = true;
    this.#meaning.stop();
    this.#tools.stop();
  }

  #announce(verdict: Verdict): void {
    tellVerdict('assistant', verdict, this.#options);
  }

  /** Gives the service what its tools found, and lets it go on. */
  async #goOnWithTools(): Promise<void> {
    const tools = this.#tools;
    const { rounds } = tools;
    const answers = await tools.answers();
    if (this.#isOver || !(await this.#isPartJudged())) return;
    // Words that turned out to need others meanwhile have gone on when those were spoken.
    if (tools.rounds !== rounds) return;
    tools.endRound();
    for (const answer of answers) if (tools.give(answer)) this.#standOn(answer);
    this.#beginPart();
    this.#serviceDone = Promise.withResolvers();
    if (tools.areEndless) this.#giveUp();
    else this.#options.answerOn(this.text);
  }

  /** The answer may speak of what a tool found; what must be told and said with that goes along. */
  #standOn({ outcome }: ToolAnswer): void {
    const { gate, tell } = this.#options;
    for (const disclaimer of outcome.disclaimers) this.#disclaimers.set(disclaimer.id, disclaimer);
    const now = monotonicMs();
    for (const citation of outcome.citations) {
      gate.pushCompanion(() => tell({ type: 'citation', ...citation }), now);
    }
  }

  #beginPart(): void {
    const { gate } = this.#options;
    this.#text.endPart();
    this.#rewrite = undefined;
    this.#hasAllWords = false;
    this.#isActedOn = false;
    this.#partSoundMs = 0;
    gate.beginPart();
    this.#itemStartMs = gate.partStartMs;
  }

  /**
   * The sound of a part leaves when another begins; in strict mode its words must have been judged by then.
   * @returns false: nothing may follow it, what was objected to is dealt with
   */
  async #isPartJudged(): Promise<boolean> {
    if (this.#options.isStrict) {
      if (this.#hasUnjudgedSound) {
        this.#giveUp();
        return false;
      }
      if (this.#meaning.isLooking) await this.#meaning.done();
      await this.#confirmation;
    }
    return !this.#isOver && this.#rewrite?.isSpoken !== false;
  }

  get #hasUnjudgedSound(): boolean {
    const { gate } = this.#options;
    return !this.#hasAllWords && gate.receivedMs > gate.partStartMs;
  }

  /** There is nothing to say that was judged; a safe line is better than silence. */
  #giveUp(): void {
    this.#announce(unjudged);
    this.#options.object(unjudged);
  }

  /** Runs what must wait for something; should it break, the caller hears a safe line and the other calls nothing. */
  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'an answer broke');
      if (!this.#isOver) this.#giveUp();
    });
  }

  /** Speaks the corrected rest from the clause that follows what is kept. */
  async #speakRewritten(verdict: Verdict): Promise<void> {
    const { conversation, evidence, gate, log, object, speak, tell } = this.#options;
    const safe = verdict.safeRewrite ?? '';
    if (!/[\p{L}\p{N}]/u.test(safe)) {
      object(verdict); // nothing is left of it, and silence is no answer
      return;
    }
    const rewrite = this.#rewrite!;
    const { text } = this;
    const prefaceMs = this.#prefaceMs;
    const rest = rewrittenRest(text, safe, rewrite.keptMs - prefaceMs, this.#soundMs - prefaceMs);
    try {
      const spoken = rest.trim() === '' ? Buffer.alloc(0) : speak(rest);
      // What is asked of tools comes after the words; an answer that is replaced before would lose it.
      const [pcm] = await Promise.all([spoken, this.#serviceDone.promise]);
      if (this.#isOver) return;
      const now = monotonicMs();
      evidence.rewrote(rewrite.keptMs, verdict.reasonCodes, text, safe);
      gate.pushCompanion(
        () => tell({ type: 'transcript', text: this.#text.shown(safe), confidence: 1, isFinal: true }),
        now,
      );
      gate.pushAudio(pcm, now);
      gate.judgedAll(now);
      conversation.cancelAnswer({ text: safe });
      rewrite.isSpoken = true;
      this.#text.replace(safe);
      this.#goOnOrFinish();
    } catch (error) {
      if (this.#isOver) return;
      log.error({ err: (error as Error).message }, 'a rewrite could not be spoken; stopping the answer');
      object({ ...unjudged, reasonCodes: ['OUTPUT:REWRITE_UNSPOKEN'] });
    }
  }

  /** Adds the disclaimers that what was said asks for, and ends the answer. */
  async #finish(): Promise<void> {
    const { agent, gate, isStrict, log, speak, tell } = this.#options;
    if (this.#meaning.isLooking) await this.#meaning.done();
    if (isStrict) await this.#confirmation;
    // Its words turned out to need others: it finishes when those are spoken.
    if (this.#isOver || this.#rewrite?.isSpoken === false) return;
    for (const disclaimer of agent.disclaimersFor(this.text))
      this.#disclaimers.set(disclaimer.id, disclaimer);
    for (const { id, text } of this.#disclaimers.values()) {
      if (this.text.includes(text)) continue;
      const pcm = await speak(text).catch((error: Error) => {
        // Written at least: the caller's screen shows it, and the log says that it was not heard.
        log.error({ disclaimer: id, err: error.message }, 'a disclaimer could not be spoken');
        return Buffer.alloc(0);
      });
      if (this.#isOver) return;
      const now = monotonicMs();
      gate.beginPart();
      this.#text.endPart();
      this.#text.hear(text);
      const whole = this.#text.shown();
      gate.pushCompanion(() => tell({ type: 'transcript', text: whole, confidence: 1, isFinal: true }), now);
      gate.pushAudio(pcm, now);
      gate.judgedAll(now);
    }
    this.#isWhole = true;
    this.#options.onWhole?.();
    if (!this.#isOver) gate.finish(monotonicMs());
  }
}
