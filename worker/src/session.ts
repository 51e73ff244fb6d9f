import { monotonicMs, type Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import { type ErrorId, errorSpec, VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { seconds } from '@vjj/shared/metrics.ts';
import type { ClientMessage, LaneState, SessionStart, VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { CallerOutput } from './caller-output.ts';
import { type ClientFrame, readBinaryFrame, readTextFrame } from './client-frame.ts';
import { defaultAgent } from './default-agent.ts';
import { type Event, isAnswering, next, ownerCause, ownerOf } from './lanes/arbitrator.ts';
import { OutputGate } from './lanes/output-gate.ts';
import { MessageRate } from './message-rate.ts';
import { Microphone } from './microphone.ts';
import type { AnswerOutcome, Connect, Conversation, ConversationEvents } from './provider/provider.ts';

/** Between the last append and the commit, so that the voice service has taken the audio in (runbook of the earlier server; intentional). */
const commitWindowMs = 50;

const connectSeconds = seconds('vjj_connect_seconds', 'session.start until provider.ready');
const responseSeconds = seconds('vjj_ttfb_response_seconds', 'end of the caller’s turn until response.start');
const audioSeconds = seconds(
  'vjj_ttfb_audio_seconds',
  'end of the caller’s turn until the first audio of the answer',
);

export interface SessionDependencies {
  config: Readonly<Config>;
  log: Logger;
  connect: Connect;
  /** The process's beat for pacing audio. */
  ticker: Ticker;
  output: CallerOutput;
  /** How the voice service was last met: `ok`, or an id of the error table. */
  onProvider: (health: 'ok' | ErrorId) => void;
  /** The session is over; called once. */
  onEnd: () => void;
}

/** One call: what the caller sends, what the voice service says, and the arbitrator between them. */
export class Session implements ConversationEvents {
  readonly #deps: SessionDependencies;
  readonly #output: CallerOutput;
  readonly #gate: OutputGate;
  readonly #microphone: Microphone;
  readonly #rate = new MessageRate();
  readonly #silence = new Map<number, string>();
  #state: LaneState = 'IDLE';
  #start: SessionStart | undefined;
  #conversation: Conversation | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  #answer = 0;
  #isAnswerAnnounced = false;
  #turnEndedMs = 0;
  /** What the caller's player last said it had played of the current answer. */
  #playedMs: number | undefined;
  #isOver = false;

  constructor(sessionId: string, workerId: string, deps: SessionDependencies) {
    this.#deps = deps;
    this.#output = deps.output;
    this.#microphone = new Microphone({
      cooldownMs: deps.config.RESPONSE_COOLDOWN_MS,
      minRms: deps.config.MIN_AUDIO_RMS,
    });
    this.#gate = new OutputGate(deps.config.OUTPUT_LEAD_MS, deps.ticker, {
      audio: (pcm) => this.#onReleased(pcm),
      drained: () => this.#onDrained(),
    });
    this.#output.message({ type: 'session.ready', sessionId, protocol: 2, worker: workerId });
  }

  /** A frame of the caller. */
  onFrame(payload: Buffer, isBinary: boolean): void {
    if (this.#isOver) return;
    if (isBinary && this.#start !== undefined && this.#start.audio !== 'binary') {
      this.#output.error('BINARY_NOT_ASKED');
      return;
    }
    const frame: ClientFrame = isBinary ? readBinaryFrame(payload) : readTextFrame(payload);
    if (frame.kind === 'audio') this.#onMicrophone(frame.base64, frame.pcm);
    else if (!this.#rate.allows(monotonicMs())) this.fail('TOO_MANY_MESSAGES');
    else if (frame.kind === 'error') this.#output.error(frame.id, frame.detail);
    else this.#onMessage(frame.message);
  }

  /** Tells the caller why, and ends the call. */
  fail(id: ErrorId): void {
    if (this.#isOver) return;
    this.#output.error(id);
    this.#output.close(errorSpec(id).close ?? 1011, id);
    this.end();
  }

  /** Ends the call on our side; the caller's connection is somebody else's matter. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#apply('ended');
    clearTimeout(this.#commitTimer);
    this.#gate.close();
    this.#conversation?.close();
    this.#deps.onEnd();
  }

  // — the caller —

  #onMessage(message: Exclude<ClientMessage, { type: 'audio.chunk' }>): void {
    if (message.type === 'session.start') {
      void this.#onStart(message);
      return;
    }
    if (message.type === 'session.end') {
      this.#output.close(1000, 'the caller ended the call');
      this.end();
      return;
    }
    if (this.#start === undefined) {
      this.#output.error('NOT_STARTED');
      return;
    }
    if ('playedMs' in message && message.playedMs !== undefined) this.#playedMs = message.playedMs;
    switch (message.type) {
      case 'session.set_mode':
        this.#setMode(message.voiceMode);
        break;
      case 'audio.commit':
        this.#commitSoon();
        break;
      case 'audio.stop':
        this.#stopTalking(message.playedMs);
        this.#microphone.stop(monotonicMs());
        this.#output.message({ type: 'audio.stop.ack' });
        this.#output.message({ type: 'response.end' });
        break;
      case 'audio.cancel':
        this.#stopTalking(message.playedMs);
        this.#output.message({ type: 'audio.cancel.ack' });
        this.#output.message({ type: 'response.end' });
        break;
      case 'user.barge_in':
        this.#cutTail(message.playedMs);
        this.#apply('bargeIn');
        this.#microphone.open();
        this.#output.message({ type: 'user.barge_in.ack' });
        break;
      case 'playback.ended':
        this.#microphone.playbackEnds(monotonicMs());
        break;
      case 'text.input':
        this.#onTyped(message.text);
        break;
      case 'ack':
        break;
    }
  }

  async #onStart(start: SessionStart): Promise<void> {
    if (this.#start !== undefined) {
      if (this.#conversation !== undefined) this.#announceReady(this.#conversation);
      return;
    }
    const { config, log, connect, onProvider } = this.#deps;
    if (start.agent !== undefined && start.agent !== defaultAgent.name) {
      this.#output.error('UNKNOWN_AGENT', start.agent);
      return;
    }
    this.#start = start;
    this.#output.encoding = start.audio ?? 'json';
    this.#microphone.mode = start.voiceMode ?? 'push-to-talk';
    const startedAt = monotonicMs();
    const { mode } = this.#microphone;
    try {
      const conversation = await connect(
        {
          instructions: defaultAgent.instructions,
          voice: config.OPENAI_VOICE,
          voiceMode: mode,
        },
        this,
      );
      onProvider('ok');
      if (this.#isOver) {
        conversation.close();
        return;
      }
      this.#conversation = conversation;
    } catch (error) {
      const id = error instanceof VjjError ? error.id : 'INTERNAL';
      log.error({ code: id, err: (error as Error).message }, 'could not connect to the voice service');
      onProvider(id);
      this.fail(id);
      return;
    }
    if (this.#microphone.mode !== mode) this.#conversation.setVoiceMode(this.#microphone.mode);
    connectSeconds.observe((monotonicMs() - startedAt) / 1000);
    this.#apply('started');
    this.#announceReady(this.#conversation);
  }

  #announceReady(conversation: Conversation): void {
    this.#output.message({
      type: 'provider.ready',
      isReturningUser: false,
      previousSessionCount: 0,
      voiceMode: this.#microphone.mode,
      simulated: conversation.isSimulated,
    });
  }

  #setMode(mode: VoiceMode): void {
    this.#microphone.mode = mode;
    this.#dropUtterance();
    this.#conversation?.setVoiceMode(mode);
    this.#output.message({ type: 'session.mode_changed', voiceMode: mode });
  }

  #onMicrophone(base64: string, pcm: Buffer): void {
    if (this.#start === undefined) {
      this.#output.error('NOT_STARTED');
      return;
    }
    if (this.#conversation === undefined || pcm.length === 0) return;
    const isListening = this.#state === 'LISTENING' && this.#commitTimer === undefined;
    switch (this.#microphone.judge(pcm, isListening, monotonicMs())) {
      case 'pass':
        this.#conversation.appendAudio(base64);
        break;
      case 'silence':
        this.#conversation.appendAudio(this.#silenceOf(pcm.length));
        break;
      case 'drop':
        break;
    }
  }

  #silenceOf(bytes: number): string {
    let silence = this.#silence.get(bytes);
    if (silence === undefined) {
      silence = Buffer.alloc(bytes).toString('base64');
      if (this.#silence.size > 4) this.#silence.clear();
      this.#silence.set(bytes, silence);
    }
    return silence;
  }

  #commitSoon(): void {
    if (this.#commitTimer !== undefined || this.#conversation === undefined) return;
    if (!this.#microphone.hasUtterance) {
      this.#microphone.taken();
      this.#conversation.clearAudio();
      this.#output.message({ type: 'commit.skipped', reason: 'buffer_too_small' });
      return;
    }
    this.#turnEndedMs = monotonicMs();
    this.#commitWhenTakenIn();
  }

  #commitWhenTakenIn(): void {
    // Asked again when the timer fires: timers run up to a few milliseconds early.
    const waitMs = this.#microphone.lastAppendMs + commitWindowMs - monotonicMs();
    if (waitMs > 0) {
      this.#commitTimer = setTimeout(() => this.#commitWhenTakenIn(), Math.ceil(waitMs));
      return;
    }
    this.#commitTimer = undefined;
    this.#microphone.taken();
    this.#conversation?.commitAudio();
    // In open-mic the voice service says when it has taken an utterance, this one too.
    if (this.#microphone.mode === 'push-to-talk') this.#apply('userTurnEnded');
  }

  /** What was said and not committed is forgotten. */
  #dropUtterance(): void {
    clearTimeout(this.#commitTimer);
    this.#commitTimer = undefined;
    this.#microphone.taken();
    this.#conversation?.clearAudio();
  }

  #stopTalking(playedMs: number | undefined): void {
    this.#dropUtterance();
    this.#cutTail(playedMs);
    this.#apply('cancelled');
  }

  /** All of the answer has left, and the caller cuts off what is still in the player: it was never heard. */
  #cutTail(playedMs: number | undefined): void {
    if (this.#state !== 'LISTENING') return;
    const heardMs = playedMs ?? this.#gate.heardMs(monotonicMs());
    if (heardMs < this.#gate.releasedMs) this.#conversation?.cancelAnswer(heardMs);
  }

  #onTyped(text: string): void {
    if (this.#conversation === undefined) {
      this.#output.error('NOT_STARTED');
      return;
    }
    if (isAnswering(this.#state)) this.#apply('bargeIn');
    this.#turnEndedMs = monotonicMs();
    this.#conversation.addUserText(text);
    this.#output.message({ type: 'user_transcript', text, confidence: 1, isFinal: true });
    this.#apply('userTurnEnded');
  }

  // — the voice service —

  onSpeechStarted(): void {
    this.#output.message({ type: 'speech.started' });
  }

  onSpeechStopped(): void {
    this.#turnEndedMs = monotonicMs();
    this.#output.message({ type: 'speech.stopped' });
  }

  onUtterance(): void {
    if (this.#microphone.mode !== 'open-mic') return;
    this.#microphone.taken();
    this.#apply('userTurnEnded');
  }

  onUserTranscript(text: string, isFinal: boolean): void {
    this.#output.message({ type: 'user_transcript', text, confidence: 1, isFinal });
  }

  onAnswerStarted(): void {
    responseSeconds.observe((monotonicMs() - this.#turnEndedMs) / 1000);
    this.#isAnswerAnnounced = true;
    this.#output.message({ type: 'response.start' });
  }

  onAudio(pcm: Buffer): void {
    this.#gate.pushAudio(pcm, monotonicMs());
  }

  onTranscript(text: string, isFinal: boolean): void {
    this.#gate.pushCompanion(
      () => this.#output.message({ type: 'transcript', text, confidence: 1, isFinal }),
      monotonicMs(),
    );
  }

  onAnswerDone(outcome: AnswerOutcome): void {
    if (outcome === 'failed') this.#gate.open(); // what came of it is no answer
    this.#gate.finish(monotonicMs());
  }

  onError(id: ErrorId, detail: string): void {
    this.#deps.log.warn({ code: id, err: detail }, 'the voice service reports an error');
    if (id !== 'PROVIDER_ERROR') this.#deps.onProvider(id);
    this.#output.error(id);
  }

  onClosed(id: ErrorId, detail: string): void {
    this.#deps.log.error({ code: id, err: detail }, 'the conversation with the voice service ended');
    this.#deps.onProvider(id);
    this.fail(id);
  }

  // — the speaker —

  #onReleased(pcm: Buffer): void {
    if (this.#state === 'B_RESPONDING') {
      audioSeconds.observe((monotonicMs() - this.#turnEndedMs) / 1000);
      this.#apply('firstAudio');
    }
    this.#output.audio(pcm, 'B', this.#answer);
  }

  #onDrained(): void {
    this.#microphone.playbackEnds(this.#gate.playEndsMs);
    this.#apply('answerEnded');
    this.#announceEnd();
  }

  #announceEnd(): void {
    if (!this.#isAnswerAnnounced) return;
    this.#isAnswerAnnounced = false;
    this.#output.message({ type: 'response.end' });
  }

  /** Lets the arbitrator decide, tells the caller what changed, and does what follows. */
  #apply(event: Event): void {
    const from = this.#state;
    const { state: to, effects } = next(from, event);
    this.#state = to;
    if (from !== to && !this.#isOver) {
      this.#output.message({ type: 'lane.state_changed', from, to, cause: event });
      const [before, after] = [ownerOf(from), ownerOf(to)];
      if (before !== after) {
        this.#output.message({
          type: 'lane.owner_changed',
          from: before,
          to: after,
          cause: ownerCause(event),
        });
      }
    }
    for (const effect of effects) {
      if (effect === 'cancelAnswer') this.#cancelAnswer(event);
      else this.#requestAnswer();
    }
  }

  #requestAnswer(): void {
    this.#answer++;
    this.#playedMs = undefined;
    this.#gate.open();
    this.#conversation?.answer();
  }

  #cancelAnswer(event: Event): void {
    const heardMs = Math.min(this.#playedMs ?? this.#gate.heardMs(monotonicMs()), this.#gate.releasedMs);
    this.#gate.close();
    this.#conversation?.cancelAnswer(heardMs);
    this.#microphone.playbackEnds(monotonicMs());
    // Stop and cancel promise an end in any case, and say so themselves.
    if (event === 'cancelled') this.#isAnswerAnnounced = false;
    else if (event !== 'ended') this.#announceEnd();
  }
}
