import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { AgentSound } from '../audio/barge-in-detector.ts';
import { MicrophoneError } from '../audio/capture.ts';
import { playCall } from '../audio/play-call.ts';
import { Playback } from '../audio/playback.ts';
import { Call } from '../sdk/call.ts';
import type { CallEnd, MessageOf } from '../sdk/call-events.ts';
import type { TextMessage } from '../sdk/server-frame.ts';
import { type ConversationEvent, converse } from './conversation.ts';
import { happeningOf } from './happening.ts';
import { Microphone } from './microphone.ts';
import {
  audioNotice,
  endNotice,
  errorNotice,
  microphoneNotice,
  microphoneReadyNotice,
  type Notice,
  reconnectingNotice,
  tooShortNotice,
  waitingNotice,
} from './notice.ts';
import { firstView, stripWith, type View } from './view.ts';

/**
 * After an answer the server takes the microphone for the loudspeaker's echo for 1,500 ms. A press or speech
 * within this time says that it is the caller, so that a quick "yes" is not lost, ms.
 */
const echoGuardedMs = 2_000;

export interface SessionOptions {
  /** `ws:` or `wss:` */
  url: string;
  fingerprint: string;
  agent: string | undefined;
}

/** One caller on this page: the call, the speaker, the microphone, and what is to be shown of them. */
export class VoiceSession {
  readonly call = new Call();
  readonly playback = new Playback();

  readonly #options: SessionOptions;
  readonly #microphone: Microphone;
  readonly #watchers = new Set<() => void>();
  #view: View = firstView;
  #isPressed = false;
  /** Of the press: it may be another one when that ends. */
  #pressedMode: VoiceMode = firstView.mode;
  /** Presses and releases wait for each other: the microphone opens and stops in its own time. */
  #talking: Promise<void> = Promise.resolve();
  #sessionId: string | undefined;
  #soundedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#microphone = new Microphone({
      onChunk: (samples) => this.call.sendAudio(samples),
      onBargeIn: () => this.#interrupt(),
      onLost: () => this.#losesMicrophone(),
      agentSound: () => this.#agentSound(),
    });
    playCall(this.call, this.playback);
    this.call.on('message', (message) => this.#onMessage(message));
    this.call.on('provider.ready', (message) => this.#onProviderReady(message));
    this.call.on('state', ({ state }) => this.#show({ call: state }));
    this.call.on('retrying', () => this.#show({ notice: reconnectingNotice() }));
    this.call.on('unavailable', (readiness) => this.#show({ notice: reconnectingNotice(readiness) }));
    this.call.on('ended', (end) => this.#onEnded(end));
    this.playback.on('playing', (isPlaying) => {
      if (!isPlaying) this.#soundedAt = performance.now();
      this.#show({ isPlaying });
    });
  }

  /** For React's external store. */
  readonly view = (): View => this.#view;
  readonly watch = (onChange: () => void): (() => void) => {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  };

  /** How full the level meter stands, 0 to 1. */
  get level(): number {
    return this.#microphone.level;
  }

  /** Places the call; the same again after it ended. */
  begin(): void {
    const { url, fingerprint, agent } = this.#options;
    this.#show({
      notice: undefined,
      worker: undefined,
      owner: 'none',
      isAwaiting: false,
      isWaiting: false,
    });
    void this.call.connect(url);
    this.call.start({
      voiceMode: this.#view.mode,
      audio: 'binary',
      fingerprint,
      userAgent: navigator.userAgent,
      ...(agent === undefined ? {} : { agent }),
    });
  }

  retryNow(): void {
    this.call.retryNow();
  }

  dismissNotice(): void {
    this.#show({ notice: undefined });
  }

  /** The talk button goes down. Call it in the event itself: only there browsers let sound begin. */
  press(): void {
    if (this.#isPressed || this.#view.call !== 'live') return;
    this.#isPressed = true;
    this.#pressedMode = this.#view.mode;
    const context = this.playback.unlock();
    if (this.#view.mode === 'push-to-talk') this.#takeTheFloor();
    this.#show({ talk: 'opening', notice: undefined });
    this.#talking = this.#talking.then(() => this.#startTalking(context));
  }

  /** The talk button comes up: what was said is sent. */
  release(): void {
    if (!this.#isPressed) return;
    this.#isPressed = false;
    // The end of a touch lets sound begin, unlike its beginning.
    void this.playback.unlock().catch(() => {});
    const mode = this.#pressedMode;
    this.#talking = this.#talking.then(() => this.#stopTalking(mode));
  }

  get isPressed(): boolean {
    return this.#isPressed;
  }

  setMode(mode: VoiceMode): void {
    if (mode === this.#view.mode) return;
    this.release();
    this.#microphone.noticesBargeIn = mode === 'open-mic' && this.#view.noticesBargeIn;
    this.#show({ mode });
    this.call.setMode(mode);
  }

  setNoticesBargeIn(noticesBargeIn: boolean): void {
    this.#microphone.noticesBargeIn = noticesBargeIn && this.#view.mode === 'open-mic';
    this.#show({ noticesBargeIn });
  }

  /** A typed turn; like a press, it may begin the sound. */
  sendText(text: string): boolean {
    void this.playback.unlock().catch(() => this.#show({ notice: audioNotice }));
    if (this.playback.isPlaying()) this.#interrupt();
    if (!this.call.sendText(text)) return false;
    this.#say({ type: 'caller.typed', text });
    this.#show({ isAwaiting: true, notice: undefined });
    return true;
  }

  hangUp(): void {
    this.#microphone.close();
    void this.call.end();
  }

  async #startTalking(context: Promise<AudioContext>): Promise<void> {
    try {
      await this.#microphone.open(await context);
      const canStart = await this.playback.start();
      if (!this.#isPressed || !canStart) {
        // Let go already, as when the browser asked for leave first; or only this press, once over, lets the sound begin.
        this.#cannotTalk(microphoneReadyNotice);
        return;
      }
      await this.#microphone.start();
      this.#show({ talk: 'on' });
    } catch (error) {
      this.#isPressed = false;
      this.#cannotTalk(error instanceof MicrophoneError ? microphoneNotice(error.problem) : audioNotice);
    }
  }

  /** A call that has ended meanwhile, as while the browser asked for leave, keeps the notice with the way to call again. */
  #cannotTalk(notice: Notice): void {
    if (this.#view.call !== 'ended') {
      this.#show({ talk: 'off', notice });
      return;
    }
    this.#microphone.close();
    this.#show({ talk: 'off' });
  }

  /** @param mode in which they talked */
  async #stopTalking(mode: VoiceMode): Promise<void> {
    if (this.#view.talk !== 'on') return;
    await this.#microphone.stop();
    this.#show({ talk: 'off' });
    // A change of mode forgets what was said before it.
    if (mode !== 'push-to-talk' || mode !== this.#view.mode || !this.call.commit()) return;
    this.#say({ type: 'caller.spoke' });
    this.#show({ isAwaiting: true });
  }

  #takeTheFloor(): void {
    if (this.#view.isAwaiting || this.#agentSound() !== 'silent') this.#interrupt();
  }

  #agentSound(): AgentSound {
    if (this.playback.isPlaying()) return 'speaking';
    // Between the acknowledgement and its answer there is nothing to reply to yet.
    if (this.#view.isAwaiting) return 'silent';
    return performance.now() - this.#soundedAt < echoGuardedMs ? 'fading' : 'silent';
  }

  #interrupt(): void {
    if (this.playback.isPlaying() || this.#view.isAwaiting) this.#say({ type: 'caller.interrupted' });
    this.call.bargeIn();
    this.#show({ isAwaiting: false });
  }

  #losesMicrophone(): void {
    this.#isPressed = false;
    this.#show({ talk: 'off', notice: microphoneNotice('missing') });
  }

  #onMessage(message: TextMessage): void {
    this.#say(message);
    const happening = happeningOf(message);
    if (happening !== undefined) this.#show({ strip: stripWith(this.#view.strip, happening) });
    switch (message.type) {
      case 'session.ready':
        if (message.sessionId !== this.#sessionId) this.#say({ type: 'call.began' });
        this.#sessionId = message.sessionId;
        this.#show({ worker: message.worker, notice: undefined });
        break;
      case 'session.moved':
        this.#show({ worker: message.worker });
        break;
      case 'session.mode_changed':
        this.#show({ mode: message.voiceMode });
        break;
      case 'session.waiting':
        this.#show({ isWaiting: true, notice: waitingNotice(message) });
        break;
      case 'lane.owner_changed':
        this.#show({ owner: message.to });
        break;
      case 'lane.state_changed':
        this.#show({ isAwaiting: message.to !== 'IDLE' && message.to !== 'LISTENING' });
        break;
      case 'response.end':
        this.#show({ isAwaiting: false });
        break;
      case 'commit.skipped':
        this.#show({ isAwaiting: false, notice: tooShortNotice });
        break;
      case 'error':
        this.#show({ isAwaiting: false, notice: errorNotice(message) });
        break;
    }
  }

  #onProviderReady(message: MessageOf<'provider.ready'>): void {
    this.#show({
      isSimulated: message.simulated === true,
      isReturning: message.isReturningUser,
      mode: message.voiceMode,
      isWaiting: false,
      notice: undefined,
    });
  }

  #onEnded(end: CallEnd): void {
    this.#isPressed = false;
    this.#microphone.close();
    this.#say({ type: 'call.ended' });
    this.#show({
      talk: 'off',
      isAwaiting: false,
      isWaiting: false,
      owner: 'none',
      notice: endNotice(end),
    });
  }

  #say(event: ConversationEvent): void {
    const conversation = converse(this.#view.conversation, event);
    if (conversation !== this.#view.conversation) this.#show({ conversation });
  }

  #show(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}
