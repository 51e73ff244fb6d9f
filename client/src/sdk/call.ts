import type { ClientMessage, SessionStart, VoiceMode } from '@vjj/shared/protocol/messages.ts';
import { AckBeat } from './ack-beat.ts';
import { encodeBase64 } from './base64.ts';
import type { CallEnd, CallEvents, CallState, MessageOf } from './call-events.ts';
import { Emitter, type Listener, type Unsubscribe } from './emitter.ts';
import { Interruption } from './interruption.ts';
import { Line, type LineOptions } from './line.ts';
import { Outbox } from './outbox.ts';
import { bytesOfSamples } from './pcm.ts';
import type { PlaybackClock } from './playback-clock.ts';
import type { ServerFrame, TextMessage } from './server-frame.ts';

/** How long the server may take to save memory and close after `session.end`, ms. */
const goodbyeMs = 2_000;

export type CallOptions = LineOptions;
export type StartOptions = Omit<SessionStart, 'type'>;

/** A caller's side of the protocol: one call, over as many connections as it takes. */
export class Call {
  /** Who plays the audio; without it the server assumes that what was sent was heard. */
  playback: PlaybackClock | undefined;

  readonly #options: CallOptions;
  readonly #events = new Emitter<CallEvents>();
  readonly #outbox = new Outbox();
  readonly #interruption = new Interruption();
  readonly #acks = new AckBeat(
    () => this.playback?.isPlaying() ?? false,
    () => this.#acknowledge(),
  );
  #state: CallState = 'idle';
  #line: Line | undefined;
  #start: StartOptions | undefined;
  /** Whether this session was live once: then a resumed connection is live at once. */
  #wasLive = false;
  #isHangingUp = false;
  /** Greeted by a session we had, which is still to say what of ours it has. */
  #isReturning = false;
  #lastError: MessageOf<'error'> | undefined;
  #goodbyeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CallOptions = {}) {
    this.#options = options;
  }

  get state(): CallState {
    return this.#state;
  }

  get sessionId(): string | undefined {
    return this.#line?.sessionId;
  }

  /** Highest `seq` received of this session. */
  get lastSeq(): number {
    return this.#line?.lastSeq ?? 0;
  }

  on<Name extends keyof CallEvents>(name: Name, listener: Listener<CallEvents[Name]>): Unsubscribe {
    return this.#events.on(name, listener);
  }

  /** The next event of that name. */
  next<Name extends keyof CallEvents>(name: Name): Promise<CallEvents[Name]> {
    return this.#events.next(name);
  }

  /**
   * Opens the call at a `ws:` or `wss:` URL. Resolves at `session.ready`; rejects, with the `CallEnd` as
   * its cause, when the call ends before. A call that ended may connect again, as a new one.
   */
  connect(url: string): Promise<void> {
    if (this.#state !== 'idle' && this.#state !== 'ended') throw new Error(`the call is ${this.#state}`);
    this.#start = undefined;
    this.#wasLive = false;
    this.#interruption.reset();
    this.#isHangingUp = false;
    this.#isReturning = false;
    this.#lastError = undefined;
    this.#line = new Line(url, this.#options, {
      onFrame: (frame) => this.#onFrame(frame),
      onRetrying: (retry) => {
        if (this.#isHangingUp) return this.#hangUp();
        this.#setState('reconnecting');
        this.#events.emit('retrying', retry);
      },
      onStayed: () => this.#sendKept(),
      // Safe to repeat; before the session is live nothing has been said that could be lost.
      askWhetherArrived: () =>
        this.#state === 'live' ? JSON.stringify({ type: 'session.start', ...this.#start }) : undefined,
      // It is a message like all others, but the call has not become ready by it.
      onArrived: (answer) => {
        this.#line?.received(answer.seq);
        this.#events.emit('message', answer);
      },
      onUnavailable: (readiness) => this.#events.emit('unavailable', readiness),
      onOver: (end) => this.#finish(end),
    });
    const ready = this.#untilReady();
    this.#setState('connecting');
    try {
      this.#line.open();
    } catch (error) {
      // No socket can be made for this URL, or from this page.
      this.#finish({ cause: 'unreachable', code: 1006, reason: String(error) });
    }
    return ready;
  }

  /** Starts the session, now or as soon as it is ready; one begun anew after a loss starts the same way. */
  start(options: StartOptions = {}): void {
    this.#start = options;
    if (this.#state === 'ready' || this.#state === 'live') this.#sendStart();
  }

  /**
   * Sends microphone audio (PCM16, mono, 24,000 Hz). While the connection is away the last eight seconds
   * are kept and sent on return. False when there is no call to carry it.
   */
  sendAudio(pcm: Uint8Array | Int16Array): boolean {
    const bytes = pcm instanceof Int16Array ? bytesOfSamples(pcm) : pcm;
    if (!this.#isAway() && this.#sendAudioNow(bytes)) return true;
    if (!this.#isKept()) return false;
    this.#outbox.addAudio(bytes);
    return true;
  }

  /** End of an utterance (push-to-talk). */
  commit(): boolean {
    return this.#send({ type: 'audio.commit' });
  }

  /** Stops capture, cancels any answer and clears the input buffer. */
  stop(): boolean {
    return this.#interrupt('audio.stop');
  }

  /** Discards the answer. */
  cancel(): boolean {
    return this.#interrupt('audio.cancel');
  }

  /** The user speaks over the answer: it falls silent here at once, and the server hears the user at once. */
  bargeIn(): boolean {
    return this.#interrupt('user.barge_in');
  }

  setMode(voiceMode: VoiceMode): boolean {
    if (this.#start !== undefined) this.#start = { ...this.#start, voiceMode };
    return this.#send({ type: 'session.set_mode', voiceMode });
  }

  /** A typed turn. */
  sendText(text: string): boolean {
    return this.#send({ type: 'text.input', text });
  }

  /**
   * The speaker is silent: everything of the answer was played. Not told of an answer that was interrupted: the
   * server would take the caller, who is speaking now, for its echo. False when it was not sent.
   */
  playbackEnded(): boolean {
    if (this.#interruption.isCutOff) return false;
    return this.#send({ type: 'playback.ended', ...this.#played() });
  }

  /** Hangs up. Resolves when the call has ended: when the server closed, or two seconds later. */
  end(): Promise<void> {
    if (this.#state === 'idle' || this.#state === 'ended') return Promise.resolve();
    const ended = this.#events.next('ended').then(() => undefined);
    if (this.#isHangingUp) return ended;
    this.#isHangingUp = true;
    if (this.#sendNow({ type: 'session.end' }))
      this.#goodbyeTimer = setTimeout(() => this.#hangUp(), goodbyeMs);
    else this.#hangUp();
    return ended;
  }

  /**
   * The network has come back, or may have gone meanwhile. While reconnecting it tries now instead of waiting on; a
   * connection that seems to be there is given up when the server does not answer within five seconds.
   */
  retryNow(): void {
    this.#line?.retryNow();
  }

  #untilReady(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      const settle = (how: () => void) => {
        offReady();
        offEnded();
        how();
      };
      const offReady = this.on('session.ready', () => settle(resolve));
      const offEnded = this.on('ended', (end) => settle(() => reject(new Error(end.reason, { cause: end }))));
    });
    // Whoever listens to `ended` instead must not be stopped by an unhandled rejection.
    ready.catch(() => {});
    return ready;
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.kind === 'message') {
      this.#onMessage(frame.message);
      return;
    }
    this.#line?.received(frame.audio.seq);
    if (this.#interruption.isUnderWay) return;
    this.#acks.touch();
    this.#events.emit('audio', frame.audio);
  }

  #onMessage(message: TextMessage): void {
    if (message.type === 'session.ready') {
      if (!this.#onReady(message)) return;
    } else {
      this.#line?.received(message.seq);
    }
    switch (message.type) {
      case 'provider.ready':
        this.#wasLive = true;
        this.#setState('live');
        break;
      case 'session.resumed':
        this.#onResumed(message);
        break;
      case 'session.reconnect':
        this.#line?.moveAfter(message.afterMs);
        break;
      case 'response.start':
        this.#interruption.reset();
        break;
      case 'lane.owner_changed':
        // A lane that has finished hands the speaker to nobody. By the server's clock it was heard; here it sounds a
        // little later, by the start of playback and every stall since, and nothing follows that it could overlap.
        if (message.cause !== 'response_done') this.#events.emit('flush', { cause: 'owner_changed' });
        break;
      case 'audio.stop.ack':
      case 'audio.cancel.ack':
      case 'user.barge_in.ack':
        this.#interruption.takenIn();
        this.#events.emit('flush', { cause: 'acknowledged' });
        break;
      case 'error':
        this.#lastError = message;
        break;
    }
    this.#events.emit('message', message);
    this.#events.emit(message.type, message);
  }

  /** False when the session offered may not take the place of the one that was lost. */
  #onReady(ready: MessageOf<'session.ready'>): boolean {
    const previousSessionId = this.sessionId;
    const greeting = this.#line?.greet(ready);
    if (greeting === 'unwanted') {
      this.#finish({ cause: 'lost', code: 1006, reason: 'the session could not be resumed' });
      return false;
    }
    this.#lastError = undefined;
    if (greeting === 'replaced') {
      this.#interruption.takenIn();
      this.#wasLive = false;
      this.#outbox.clear();
    }
    this.#isReturning = greeting === 'resumed';
    if (!this.#isReturning) this.#goOn([]);
    if (greeting === 'replaced' && previousSessionId !== undefined)
      this.#events.emit('restarted', { previousSessionId });
    return true;
  }

  /** What the connection before swallowed is said again, before all that was said since. */
  #onResumed({ received }: MessageOf<'session.resumed'>): void {
    if (!this.#isReturning) return;
    this.#isReturning = false;
    const swallowed = received === undefined ? [] : (this.#line?.takeSwallowed(received) ?? []);
    this.#interruption.resumed([...swallowed, ...this.#outbox.texts]);
    this.#goOn(swallowed);
  }

  /** @param swallowed frames that are to be sent again */
  #goOn(swallowed: readonly (string | Uint8Array)[]): void {
    this.#setState(this.#wasLive ? 'live' : 'ready');
    if (this.#wasLive) this.#acknowledge();
    else if (this.#start !== undefined) this.#sendStart();
    for (const frame of swallowed) this.#line?.send(frame);
    this.#sendKept();
  }

  #hangUp(): void {
    this.#finish({ cause: 'hung_up', code: 1000, reason: 'hung up' });
  }

  #finish(end: CallEnd): void {
    if (this.#state === 'ended') return;
    clearTimeout(this.#goodbyeTimer);
    this.#line?.close(1000);
    this.#acks.stop();
    this.#outbox.clear();
    this.#setState('ended');
    const told: CallEnd = this.#isHangingUp ? { ...end, cause: 'hung_up' } : end;
    if (end.code >= 4000 && this.#lastError !== undefined) told.error = this.#lastError;
    this.#events.emit('ended', told);
  }

  #interrupt(type: 'audio.stop' | 'audio.cancel' | 'user.barge_in'): boolean {
    const isSent = this.#send({ type, ...this.#played() });
    this.#interruption.interrupted(isSent);
    this.#events.emit('flush', { cause: 'interrupted' });
    return isSent;
  }

  #played(): { playedMs?: number } {
    return this.playback === undefined ? {} : { playedMs: Math.round(this.playback.playedMs()) };
  }

  #acknowledge(): void {
    // What is acknowledged now would be missing among what the next connection was asked to repeat.
    if (this.#isReturning || this.#line?.isMoving) return;
    this.#line?.send(JSON.stringify({ type: 'ack', seq: this.lastSeq, ...this.#played() }), false);
  }

  #sendStart(): void {
    this.#sendNow({ type: 'session.start', ...this.#start });
  }

  /** Whether what is to be sent now must wait for the connection to come. */
  #isAway(): boolean {
    const isAway = this.#state === 'reconnecting' || this.#isReturning || (this.#line?.isMoving ?? false);
    return isAway && !this.#isHangingUp;
  }

  /**
   * Whether what cannot be sent now is kept for the connection to come. There is one to come also before the end of this
   * one is told: it takes nothing any more once it closes.
   */
  #isKept(): boolean {
    if (this.#isHangingUp) return false;
    return this.#state === 'ready' || this.#state === 'live' || this.#state === 'reconnecting';
  }

  #send(message: ClientMessage): boolean {
    if (!this.#isAway() && this.#sendNow(message)) return true;
    if (!this.#isKept()) return false;
    this.#outbox.addText(JSON.stringify(message));
    return true;
  }

  #sendNow(message: ClientMessage): boolean {
    return this.#line?.send(JSON.stringify(message)) ?? false;
  }

  #sendKept(): void {
    for (const item of this.#outbox.take()) {
      if (typeof item === 'string') this.#line?.send(item);
      else this.#sendAudioNow(item);
    }
  }

  #sendAudioNow(pcm: Uint8Array): boolean {
    if (this.#start?.audio === 'binary') return this.#line?.send(pcm) ?? false;
    // Built by hand: base64 needs no escaping, and to look for some is most of the cost.
    return this.#line?.send(`{"type":"audio.chunk","data":"${encodeBase64(pcm)}"}`) ?? false;
  }

  #setState(state: CallState): void {
    if (state === this.#state) return;
    const previous = this.#state;
    this.#state = state;
    this.#events.emit('state', { state, previous });
  }
}
