import type { TimerWheel } from '../emulator/timer-wheel.ts';
import type { Dialect } from './dialect.ts';
import { LeanSocket } from './lean-socket.ts';
import { frameMs, interruptAfterMs, type Pattern } from './pattern.ts';

/** What all callers of a run saw, ms; of turns, those that were spoken while it is measured. */
export class Seen {
  isOn = false;
  readonly connectMs: number[] = [];
  readonly ttfbResponseMs: number[] = [];
  readonly ttfbAudioMs: number[] = [];
  readonly bargeInMs: number[] = [];
  /** Turns handed over while it was measured, and how many of these were answered. */
  turns = 0;
  answers = 0;
  /** Counted from the beginning to the end, by what went wrong. */
  readonly errors = new Map<string, number>();

  fail(what: string): void {
    this.errors.set(what, (this.errors.get(what) ?? 0) + 1);
  }
}

export interface CallerPlan {
  url: string;
  dialect: Dialect;
  pattern: Pattern;
  answerMs: number;
  wheel: TimerWheel;
  seen: Seen;
  /** Its number among the callers: not all interrupt the same turn. */
  index: number;
}

/** No answer within this is none; with an open microphone, none until the next turn. */
const answerLimitMs = 10_000;
/** After an interruption audio may still come; when none did for so long, none will. */
const stopWatchMs = 400;

/** A turn that was spoken, until its answer is heard. */
interface Question {
  /** When it was handed over; 0: the service has not said yet that speech ended. */
  askedAt: number;
  isMeasured: boolean;
}

/** One caller of a load test: no player, no state but times. */
export class BenchCaller {
  readonly #plan: CallerPlan;
  readonly #socket: LeanSocket;
  readonly #beganAt = performance.now();
  readonly ready: Promise<boolean>;
  #isReady: ((ok: boolean) => void) | undefined;
  #hasClosed: () => void = () => undefined;
  readonly #closed = new Promise<void>((resolve) => {
    this.#hasClosed = resolve;
  });
  #isEnding = false;
  #isFinishing = false;
  #turns = 0;
  /** The one that is not answered yet. */
  #question: Question | undefined;
  #nothingIsOwed: (() => void) | undefined;
  #interruptedAt = 0;
  #lastAudioAt = 0;
  #stoppedAt = 0;

  constructor(plan: CallerPlan) {
    this.#plan = plan;
    const { dialect, url } = plan;
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#socket = new LeanSocket(`${url}${dialect.path}`, {
      onOpen: () => {
        if (dialect.startsOn === 'open') this.#socket.send(dialect.start(plan.pattern));
      },
      onMessage: (data, isBinary) => this.#hear(data, isBinary),
      onError: (what) => {
        if (!this.#isEnding) this.#plan.seen.fail(`socket: ${what}`);
      },
      onClosed: (code) => {
        if (!this.#isEnding) this.#plan.seen.fail(`closed with ${code}`);
        this.#isEnding = true;
        this.#isReady?.(false);
        this.#settle();
        this.#hasClosed();
      },
    });
  }

  /**
   * Begins to talk. Callers must not speak in step: each begins elsewhere in a turn of its own.
   * @param phase 0–1; a closed microphone waits for so much of a turn, an open one is there already
   */
  talk(phase: number): void {
    const { pattern, wheel, answerMs } = this.#plan;
    const frames = pattern.speechFrames + pattern.silenceFrames;
    if (pattern.voiceMode === 'push-to-talk')
      wheel.schedule(phase * (frames * frameMs + answerMs + pattern.pauseMs), () => this.#turn());
    else
      wheel.schedule((phase * frames * frameMs) % frameMs, () =>
        this.#frame(Math.floor(phase * frames), performance.now()),
      );
  }

  /** Begins no more turns; resolves when the last one is answered, or counted as one that was not. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    if (this.#question === undefined) return;
    await new Promise<void>((resolve) => {
      this.#nothingIsOwed = resolve;
    });
  }

  /** Resolves when the connection is closed. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const { end } = this.#plan.dialect;
    if (end === undefined) this.#socket.close(1000);
    else this.#socket.send(end);
    const timer = setTimeout(() => this.#socket.terminate(), 5000);
    await this.#closed;
    clearTimeout(timer);
  }

  #turn(): void {
    // New speech puts an end to whatever answer may still come.
    if (this.#question !== undefined) this.#missed();
    if (this.#isEnding || this.#isFinishing) return;
    this.#turns++;
    const { press } = this.#plan.dialect;
    if (this.#plan.pattern.voiceMode === 'push-to-talk' && press !== undefined) this.#socket.send(press);
    this.#frame(0, performance.now());
  }

  /** @param dueAt when it is due: a late timer must not make the next one late */
  #frame(number: number, dueAt: number): void {
    if (this.#isEnding || (this.#isFinishing && this.#question === undefined)) return;
    const { dialect, pattern, wheel } = this.#plan;
    const isSpeech = number < pattern.speechFrames;
    const frame = isSpeech ? dialect.speech : dialect.silence;
    if (isSpeech) frame.stamp();
    if (!this.#socket.send(frame.bytes) && isSpeech) frame.leave();
    const next = number + 1;
    if (next === pattern.speechFrames) {
      if (pattern.voiceMode === 'push-to-talk') {
        for (const message of dialect.commit) this.#socket.send(message);
        this.#commit();
        return;
      }
      // A caller begins amid a turn: what is left of it may be too short to be taken for speech.
      if (this.#turns > 0) this.#spoken(0);
    }
    const dueNext = dueAt + frameMs;
    wheel.schedule(dueNext - performance.now(), () => {
      if (next < pattern.speechFrames + pattern.silenceFrames) this.#frame(next, dueNext);
      else this.#turn();
    });
  }

  #spoken(askedAt: number): Question {
    const { seen } = this.#plan;
    this.#question = { askedAt, isMeasured: seen.isOn };
    if (seen.isOn) seen.turns++;
    return this.#question;
  }

  #commit(): void {
    const question = this.#spoken(performance.now());
    this.#plan.wheel.schedule(answerLimitMs, () => {
      if (this.#question === question) this.#turn();
    });
  }

  #missed(): void {
    const { seen, pattern } = this.#plan;
    if (this.#question?.askedAt === 0) seen.fail('the end of speech was not noticed');
    else
      seen.fail(
        pattern.voiceMode === 'push-to-talk' ? 'no answer within 10 s' : 'no answer until the next turn',
      );
    this.#settle();
  }

  #settle(): void {
    this.#question = undefined;
    this.#nothingIsOwed?.();
  }

  #hear(data: Buffer, isBinary: boolean): void {
    const { dialect, seen, pattern } = this.#plan;
    switch (dialect.hear(data, isBinary)) {
      case 'greeting':
        if (dialect.startsOn === 'greeting') this.#socket.send(dialect.start(pattern));
        break;
      case 'ready':
        if (this.#isReady === undefined) break;
        seen.connectMs.push(performance.now() - this.#beganAt);
        this.#isReady(true);
        this.#isReady = undefined;
        break;
      case 'speechEnded':
        if (this.#question !== undefined) this.#question.askedAt = performance.now();
        break;
      case 'answerBegan':
        if (this.#question?.isMeasured && this.#question.askedAt > 0)
          seen.ttfbResponseMs.push(performance.now() - this.#question.askedAt);
        break;
      case 'audio':
        this.#heardAudio();
        break;
      case 'stopped':
        if (this.#interruptedAt > 0) this.#stoppedAt = performance.now();
        break;
      case 'error':
        if (!this.#isEnding) seen.fail(`error message: ${data.toString().slice(0, 200)}`);
        break;
    }
  }

  #heardAudio(): void {
    const { seen, pattern, dialect, answerMs, wheel, index } = this.#plan;
    const now = performance.now();
    this.#lastAudioAt = now;
    const question = this.#question;
    // Before the end of its turn: the end of an answer that was interrupted.
    if (question === undefined || question.askedAt === 0) return;
    this.#settle();
    if (question.isMeasured) {
      seen.ttfbAudioMs.push(now - question.askedAt);
      seen.answers++;
    }
    if (pattern.voiceMode === 'push-to-talk') {
      wheel.schedule(answerMs + pattern.pauseMs, () => this.#turn());
    } else if (
      dialect.interrupt !== undefined &&
      pattern.interruptedIn > 0 &&
      (this.#turns + index) % pattern.interruptedIn === 0
    ) {
      wheel.schedule(interruptAfterMs, () => this.#interrupt());
    }
  }

  #interrupt(): void {
    const { interrupt } = this.#plan.dialect;
    if (this.#isEnding || interrupt === undefined) return;
    this.#stoppedAt = 0;
    this.#interruptedAt = performance.now();
    this.#socket.send(interrupt);
    this.#plan.wheel.schedule(stopWatchMs, () => {
      const { seen } = this.#plan;
      if (this.#isEnding) return;
      if (this.#stoppedAt === 0) seen.fail('an interruption was not answered');
      else if (seen.isOn)
        seen.bargeInMs.push(Math.max(this.#stoppedAt, this.#lastAudioAt) - this.#interruptedAt);
      this.#interruptedAt = 0;
    });
  }
}
