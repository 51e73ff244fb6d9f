import { monotonicMs, type Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import { type ErrorId, errorSpec, VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { ClientMessage, SessionStart, VoiceMode } from '@vjj/shared/protocol/messages.ts';
import { defaultAgentName } from './agents/agents.ts';
import type { CallAgent } from './call-agent.ts';
import { connectSeconds } from './call-metrics.ts';
import type { CallerOutput } from './caller-output.ts';
import { type ClientFrame, readBinaryFrame, readTextFrame } from './client-frame.ts';
import { Listener } from './lanes/listener.ts';
import { Speaker, type SpeakerPhrases } from './lanes/speaker.ts';
import { MessageRate } from './message-rate.ts';
import type { Connect, Conversation } from './provider/provider.ts';

export interface SessionDependencies {
  config: Readonly<Config>;
  log: Logger;
  connect: Connect;
  agents: { get(name: string): CallAgent | undefined };
  phrases: SpeakerPhrases;
  /** The process's beat for pacing audio. */
  ticker: Ticker;
  output: CallerOutput;
  /** How the voice service was last met: `ok`, or an id of the error table. */
  onProvider: (health: 'ok' | ErrorId) => void;
  /** The session is over; called once. */
  onEnd: () => void;
}

/** A call that was started: its agent, and what listens and speaks for it. */
interface Live {
  conversation: Conversation;
  listener: Listener;
  speaker: Speaker;
}

/** One call: reads what the caller sends, and hands it to what listens and to what speaks. */
export class Session {
  readonly #deps: SessionDependencies;
  readonly #output: CallerOutput;
  readonly #rate = new MessageRate();
  #start: SessionStart | undefined;
  #mode: VoiceMode = 'push-to-talk';
  #live: Live | undefined;
  #startTimer: NodeJS.Timeout;
  #isOver = false;

  constructor(sessionId: string, workerId: string, deps: SessionDependencies) {
    this.#deps = deps;
    this.#output = deps.output;
    // Who never starts must not hold a place for ever.
    this.#startTimer = setTimeout(() => this.fail('START_TIMEOUT'), deps.config.START_TIMEOUT_MS);
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
    if (frame.kind === 'audio') this.#onAudio(frame.base64, frame.pcm);
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
    clearTimeout(this.#startTimer);
    this.#live?.speaker.end();
    this.#live?.listener.close();
    this.#live?.conversation.close();
    this.#deps.onEnd();
  }

  #onAudio(base64: string, pcm: Buffer): void {
    if (this.#start === undefined) this.#output.error('NOT_STARTED');
    else if (pcm.length > 0) this.#live?.listener.onAudio(base64, pcm);
  }

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
    if (message.type === 'session.set_mode') {
      this.#setMode(message.voiceMode);
      return;
    }
    if (this.#live === undefined) {
      // The voice service is still being connected to: there is nothing to hear or stop yet.
      if (message.type === 'text.input') this.#output.error('NOT_STARTED');
      return;
    }
    this.#onLiveMessage(message, this.#live);
  }

  #onLiveMessage(
    message: Exclude<
      ClientMessage,
      { type: 'audio.chunk' | 'session.start' | 'session.end' | 'session.set_mode' }
    >,
    { listener, speaker }: Live,
  ): void {
    if ('playedMs' in message && message.playedMs !== undefined) {
      speaker.onPlayed(message.playedMs, message.type === 'ack' ? message.seq : undefined);
    }
    switch (message.type) {
      case 'audio.commit':
        if (!listener.commit()) this.#output.message({ type: 'commit.skipped', reason: 'buffer_too_small' });
        break;
      case 'audio.stop':
        speaker.apply('cancelled');
        listener.stop();
        this.#output.message({ type: 'audio.stop.ack' });
        this.#output.message({ type: 'response.end' });
        break;
      case 'audio.cancel':
        speaker.apply('cancelled');
        listener.forget();
        this.#output.message({ type: 'audio.cancel.ack' });
        this.#output.message({ type: 'response.end' });
        break;
      case 'user.barge_in':
        speaker.apply('bargeIn');
        listener.open();
        this.#output.message({ type: 'user.barge_in.ack' });
        break;
      case 'playback.ended':
        speaker.onPlaybackEnded();
        break;
      case 'text.input':
        listener.onTyped(message.text);
        break;
      case 'ack':
        break;
    }
  }

  #setMode(mode: VoiceMode): void {
    this.#mode = mode;
    this.#live?.listener.setMode(mode);
    this.#live?.conversation.setVoiceMode(mode);
    this.#output.message({ type: 'session.mode_changed', voiceMode: mode });
  }

  async #onStart(start: SessionStart): Promise<void> {
    if (this.#start !== undefined) {
      if (this.#live !== undefined) this.#announceReady(this.#live.conversation);
      return;
    }
    const { agents } = this.#deps;
    const agent = agents.get(start.agent ?? defaultAgentName);
    if (agent === undefined) {
      this.#output.error('UNKNOWN_AGENT', start.agent);
      return;
    }
    this.#start = start;
    clearTimeout(this.#startTimer);
    this.#output.encoding = start.audio ?? 'json';
    this.#mode = start.voiceMode ?? agent.voiceMode;
    const startedAt = monotonicMs();
    const live = await this.#connect(agent);
    if (live === undefined) return;
    this.#live = live;
    connectSeconds.observe((monotonicMs() - startedAt) / 1000);
    live.speaker.apply('started');
    this.#announceReady(live.conversation);
  }

  /** Connects the voice service; undefined when that failed or the caller has gone meanwhile. */
  async #connect(agent: CallAgent): Promise<Live | undefined> {
    const { config, log, connect, onProvider, output, phrases, ticker } = this.#deps;
    const mode = this.#mode;
    const speaker = new Speaker({ agent, config, log, output, phrases, ticker });
    const listener = new Listener({ agent, config, log, output, ticker, speaker, mode });
    const events = {
      ...listener.events,
      ...speaker.events,
      onError: (id: ErrorId, detail: string) => {
        log.warn({ code: id, err: detail }, 'the voice service reports an error');
        if (id !== 'PROVIDER_ERROR') onProvider(id);
        output.error(id);
      },
      onClosed: (id: ErrorId, detail: string) => {
        log.error({ code: id, err: detail }, 'the conversation with the voice service ended');
        onProvider(id);
        this.fail(id);
      },
    };
    try {
      const { instructions, voice, language, turnDetection, tools } = agent;
      const conversation = await connect(
        { instructions, voice, language, voiceMode: mode, turnDetection, tools },
        events,
      );
      onProvider('ok');
      if (this.#isOver) {
        conversation.close();
        return undefined;
      }
      speaker.begin(conversation);
      listener.begin(conversation);
      if (this.#mode !== mode) {
        listener.setMode(this.#mode);
        conversation.setVoiceMode(this.#mode);
      }
      return { conversation, listener, speaker };
    } catch (error) {
      const id = error instanceof VjjError ? error.id : 'INTERNAL';
      log.error({ code: id, err: (error as Error).message }, 'could not connect to the voice service');
      onProvider(id);
      this.fail(id);
      return undefined;
    }
  }

  #announceReady(conversation: Conversation): void {
    this.#output.message({
      type: 'provider.ready',
      isReturningUser: false,
      previousSessionCount: 0,
      voiceMode: this.#mode,
      simulated: conversation.isSimulated,
    });
  }
}
