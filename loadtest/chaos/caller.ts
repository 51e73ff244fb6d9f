import { Call } from '@vjj/client/sdk/call.ts';
import type { AudioFrame, TextMessage } from '@vjj/client/sdk/server-frame.ts';
import { SilentPlayback } from '@vjj/client/sdk/silent-playback.ts';
import type { SocketConstructor } from '@vjj/client/sdk/socket.ts';
import { bytesPerMs } from '@vjj/shared/protocol/messages.ts';
import { answerWordMs, numberedFrame, WordEar } from '../emulator/speech/numbered-words.ts';
import type { TimerWheel } from '../emulator/timer-wheel.ts';
import { countError, type Figures } from './figures.ts';
import type { Manner } from './manner.ts';
import { evidenceOf } from './seen-and-stored.ts';

export interface ChaosCallerPlan {
  url: string;
  webSocket: SocketConstructor;
  manner: Manner;
  wheel: TimerWheel;
  random: () => number;
  /** The figures of the window that is open now. */
  figures: () => Figures;
  /** The call ended though nobody hung up. */
  onLost: () => void;
}

const frameMs = 100;
/** A turn that is not settled so long after it was said, the length of its answer left out, will not be. */
const turnLimitMs = 30_000;
/** Numbers a frame can say, and an answer does not. */
const lastNumber = 9_999;
const silentFrame = Buffer.alloc(frameMs * bytesPerMs);

interface Turn {
  /** Unix ms. */
  beganAt: number;
  /** Words still to be said. */
  left: number;
  /** Numbers said and not yet written down. */
  unheard: Set<number>;
  /** The newest number. */
  last: number;
  isSaid: boolean;
  isAnswered: boolean;
  /** Words of a numbered answer. */
  heard: Set<number>;
  heardTwice: number;
  onSettled: (() => void)[];
}

/** One caller: our client with a player, over the network, who counts what is lost on the way. */
export class ChaosCaller {
  readonly #plan: ChaosCallerPlan;
  readonly #call: Call;
  readonly #ear = new WordEar((number) => this.#heardWord(number));
  /** How often the session was shown what, by the event of the evidence that it must have. */
  readonly seen: Record<string, number> = {};
  #turn: Turn | undefined;
  #number = 0;
  /** Of the agent. */
  #lastWords = '';
  #isMicrophoneOpen = false;
  #isOver = false;
  #lostAt = 0;
  #isToldToMove = false;
  #lastSeq = 0;
  /** The client swallows what comes between an interruption and its acknowledgement. */
  #isSkipping = false;
  /** An answer goes on. */
  #answer: { turn: Turn | undefined; isCut: boolean; hasBegun: boolean; silentMs: number } | undefined;
  /** When all that was received has been heard. */
  #heardUntil = 0;

  constructor(plan: ChaosCallerPlan) {
    this.#plan = plan;
    this.#call = new Call({ webSocket: plan.webSocket, random: plan.random });
    this.#call.on('message', (message) => this.#onMessage(message));
    this.#call.on('audio', (frame) => this.#onAudio(frame));
    this.#call.on('flush', () => {
      this.#heardUntil = Math.min(this.#heardUntil, now());
    });
    this.#call.on('retrying', () => {
      if (this.#lostAt === 0) this.#onAway();
    });
    this.#call.on('ended', ({ cause, code, reason }) => {
      if (this.#isOver) return;
      countError(this.#figures, `the call ended: ${cause} ${code} ${reason}`);
      this.#figures.callsLost++;
      this.#stop();
      this.#plan.onLost();
    });
    // The service is told what was played.
    new SilentPlayback(this.#call);
  }

  get sessionId(): string | undefined {
    return this.#call.sessionId;
  }

  get isLive(): boolean {
    return this.#call.state === 'live' && this.#lostAt === 0;
  }

  /** Resolves when the call is live; it talks from then on. @throws when it cannot be had */
  async begin(): Promise<void> {
    const { manner, url, wheel, random } = this.#plan;
    await this.#call.connect(url);
    const live = this.#call.next('provider.ready');
    this.#call.start({ audio: 'binary', voiceMode: manner.voiceMode });
    await live;
    if (manner.voiceMode === 'open-mic') {
      this.#isMicrophoneOpen = true;
      this.#frame(now());
    }
    if (manner.kind !== 'silent') wheel.schedule(random() * manner.pauseMs * 2, () => this.#talk());
  }

  /** A silent caller asks whether anybody is there; of others nothing. */
  probe(): void {
    if (this.#plan.manner.kind === 'silent' && this.#turn === undefined) this.#talk();
  }

  /** Resolves when the turn that goes on now is settled. */
  settled(): Promise<void> {
    const turn = this.#turn;
    if (turn === undefined) return Promise.resolve();
    return new Promise((resolve) => turn.onSettled.push(resolve));
  }

  /** Hangs up. */
  async end(): Promise<void> {
    this.#stop();
    await this.#call.end();
  }

  get #figures(): Figures {
    return this.#plan.figures();
  }

  #stop(): void {
    this.#isOver = true;
    this.#isMicrophoneOpen = false;
    for (const resolve of this.#turn?.onSettled ?? []) resolve();
    this.#turn = undefined;
  }

  #talk(): void {
    if (this.#isOver) return;
    const { manner, random, wheel } = this.#plan;
    const [least, most] = manner.words;
    const turn: Turn = {
      beganAt: Date.now(),
      left: Math.round(least + random() * (most - least)),
      unheard: new Set(),
      last: 0,
      isSaid: false,
      isAnswered: false,
      heard: new Set(),
      heardTwice: 0,
      onSettled: [],
    };
    this.#turn = turn;
    const longestMs = turnLimitMs + turn.left * frameMs + manner.answerWords * answerWordMs;
    if (manner.says !== undefined) {
      this.#call.sendText(manner.says);
      turn.isSaid = true;
    } else if (manner.kind === 'push-to-talk') {
      this.#isSkipping = this.#call.bargeIn();
      this.#word(turn, now());
    }
    // An open microphone's own beat says the words.
    wheel.schedule(longestMs, () => {
      if (this.#turn !== turn) return;
      // It may still come, and would be taken for the next one's.
      if (!turn.isAnswered) this.#isSkipping = this.#call.cancel();
      this.#settle(turn);
    });
  }

  /** Push-to-talk: a word each 100 ms, then the commit. @param dueAt a late timer must not make the next one late */
  #word(turn: Turn, dueAt: number): void {
    if (this.#isOver || this.#turn !== turn) return;
    this.#late(dueAt);
    this.#say(turn);
    if (turn.isSaid) {
      this.#call.commit();
      return;
    }
    const due = dueAt + frameMs;
    this.#plan.wheel.schedule(due - now(), () => this.#word(turn, due));
  }

  /** Open microphone: a frame each 100 ms, a word or silence. */
  #frame(dueAt: number): void {
    if (!this.#isMicrophoneOpen) return;
    this.#late(dueAt);
    if (this.#turn?.isSaid === false) this.#say(this.#turn);
    else this.#call.sendAudio(silentFrame);
    const due = dueAt + frameMs;
    this.#plan.wheel.schedule(due - now(), () => this.#frame(due));
  }

  #late(dueAt: number): void {
    this.#figures.latestMs = Math.max(this.#figures.latestMs, now() - dueAt);
  }

  #say(turn: Turn): void {
    this.#number = (this.#number % lastNumber) + 1;
    turn.unheard.add(this.#number);
    turn.last = this.#number;
    turn.left--;
    turn.isSaid = turn.left <= 0;
    this.#figures.wordsSpoken++;
    this.#call.sendAudio(numberedFrame(this.#number, frameMs));
  }

  #onMessage(message: TextMessage): void {
    if (!this.#isAside(message)) this.#received(message.seq);
    this.#note(message);
    switch (message.type) {
      case 'session.resumed':
        this.#figures.messagesLost += message.lost;
        if (message.lost > 0) this.#lastSeq = message.fromSeq - 1;
        if (this.#lostAt > 0) this.#figures.backsMs.push(now() - this.#lostAt);
        else if (this.#isToldToMove) this.#figures.socketsMoved++;
        this.#lostAt = 0;
        this.#isToldToMove = false;
        if (this.#answer !== undefined) this.#answer.isCut = true;
        break;
      case 'session.reconnect':
        this.#isToldToMove = true;
        break;
      case 'session.moved':
        this.#figures.gapsMs.push(message.gapMs);
        if (this.#answer !== undefined) this.#answer.isCut = true;
        break;
      case 'user_transcript':
        if (message.isFinal) this.#heardByService(message.text);
        break;
      case 'transcript':
        this.#lastWords = message.text;
        break;
      case 'response.start':
        this.#answer ??= { turn: this.#turn, isCut: false, hasBegun: false, silentMs: 0 };
        break;
      case 'response.end':
        this.#answerEnded();
        break;
      case 'error':
        countError(this.#figures, message.code);
        break;
    }
  }

  /** What is said of the connection repeats a number: greetings, and what a gateway says itself. */
  #isAside({ type, seq }: TextMessage): boolean {
    if (type === 'error') return seq === this.#lastSeq;
    return type === 'session.ready' || type === 'session.resumed' || type === 'session.reconnect';
  }

  /** Every message and frame of a session has the next number. */
  #received(seq: number): void {
    const missing = seq - this.#lastSeq - 1;
    if (!this.#isSkipping && this.#lastSeq > 0 && missing > 0) {
      this.#figures.messagesLost += missing;
      this.#tell(`${missing} messages before ${seq} did not come`);
    }
    // Nothing comes twice: if it did, two workers would speak to this caller.
    if (missing < 0) this.#figures.messagesTwice++;
    this.#lastSeq = Math.max(seq, this.#lastSeq);
  }

  #note(message: TextMessage): void {
    if (message.type === 'user.barge_in.ack' || message.type === 'audio.cancel.ack') this.#isSkipping = false;
    const event = evidenceOf(message);
    if (event === undefined) return;
    // Repeated when the client asks whether all it sent has arrived; the session has started once.
    if (message.type === 'provider.ready' && this.seen[event] !== undefined) return;
    this.seen[event] = (this.seen[event] ?? 0) + 1;
  }

  #onAudio({ pcm, seq, lane }: AudioFrame): void {
    this.#received(seq);
    if (lane === 'B') this.#ear.hear(pcm);
    const at = now();
    // Somebody who is spoken over while they talk is heard all the same: a page notices, and interrupts.
    if (this.#plan.manner.kind === 'open-mic' && this.#turn?.isSaid === false) {
      this.#isSkipping = this.#call.bargeIn();
      return;
    }
    const answer = this.#answer;
    if (answer?.hasBegun === true) answer.silentMs += Math.max(0, at - this.#heardUntil);
    // An acknowledgement before it is no part of the answer.
    if (answer !== undefined && lane !== 'A') answer.hasBegun = true;
    this.#heardUntil = Math.max(at, this.#heardUntil) + pcm.byteLength / bytesPerMs;
  }

  #onAway(): void {
    this.#lostAt = now();
    if (this.#isToldToMove) this.#figures.socketsMoved++;
    else this.#figures.socketsDropped++;
  }

  /** What the service has written down of what this caller said. */
  #heardByService(text: string): void {
    const turn = this.#turn;
    for (const word of text.match(/\d+/g) ?? [])
      if (turn?.unheard.delete(Number(word)) !== true) this.#figures.wordsHeardTwice++;
    this.#settleIfDone();
  }

  #heardWord(number: number): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    if (turn.heard.has(number)) turn.heardTwice++;
    turn.heard.add(number);
  }

  #answerEnded(): void {
    const answer = this.#answer;
    // After a takeover the end of an answer may be told again.
    if (answer === undefined) return;
    this.#answer = undefined;
    if (answer.isCut) this.#figures.silencesMs.push(Math.round(answer.silentMs));
    const turn = this.#turn;
    // Not an answer to a turn that was given up.
    if (turn?.isSaid !== true || answer.turn !== turn) return;
    turn.isAnswered = true;
    this.#settleIfDone();
  }

  #settleIfDone(): void {
    const turn = this.#turn;
    if (turn?.isSaid === true && turn.isAnswered && turn.unheard.size === 0) this.#settle(turn);
  }

  #settle(turn: Turn): void {
    const { manner, wheel, random } = this.#plan;
    const figures = this.#figures;
    figures.turns++;
    if (!turn.isAnswered) figures.turnsUnanswered++;
    figures.wordsUnheard += turn.unheard.size;
    figures.answerWords += manner.answerWords;
    figures.answerWordsUnheard += Math.max(0, manner.answerWords - turn.heard.size);
    figures.answerWordsTwice += turn.heardTwice;
    this.#tellLoss(turn);
    this.#turn = undefined;
    for (const resolve of turn.onSettled) resolve();
    if (manner.kind === 'silent') return;
    // What was received of the answer is still to be heard; then people think.
    const heardInMs = Math.max(0, this.#heardUntil - now());
    wheel.schedule(heardInMs + manner.pauseMs * (1 + random()), () => this.#talk());
  }

  #tellLoss({ beganAt, isAnswered, unheard, heard, last }: Turn): void {
    const { manner } = this.#plan;
    const unplayed = manner.answerWords - heard.size;
    if (isAnswered && unheard.size === 0 && unplayed <= 0) return;
    this.#tell(
      `turn of ${new Date(beganAt).toISOString()}: ${isAnswered ? 'answered' : 'not answered'}, not understood: [${[...unheard]}] of those up to ${last}, ${unplayed} words of the answer not played; the agent's words: «${this.#lastWords.slice(0, 80)}»`,
    );
  }

  #tell(loss: string): void {
    this.#figures.losses.push(
      `${new Date().toISOString()} ${this.sessionId} ${this.#plan.manner.kind}: ${loss}`,
    );
  }
}

function now(): number {
  return performance.now();
}
