import { monotonicMs } from '@vjj/shared/clock.ts';
import { VjjError } from '@vjj/shared/errors.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type {
  RealtimeClientEvent,
  RealtimeErrorEvent,
  RealtimeServerEvent,
} from 'openai/resources/realtime/realtime';
import { sendAudio } from './append-event.ts';
import { readAudioDelta } from './audio-delta.ts';
import { CallerWords } from './caller-words.ts';
import { errorIdOf, type OpenedRealtime } from './openai-connection.ts';
import type {
  ConnectionTap,
  Conversation,
  ConversationEvents,
  ConversationSetup,
  CutOff,
  Heard,
} from './provider.ts';
import type { ProviderLimits } from './provider-limits.ts';
import { historyEvent, rateLimitsOf, turnDetectionOf } from './realtime-session.ts';
import { RecentIds } from './recent-ids.ts';
import { ServiceAnswer } from './service-answer.ts';
import { SignOfLife } from './sign-of-life.ts';

const isOfCallerWords = (type: RealtimeServerEvent['type']): boolean =>
  type.startsWith('conversation.item.input_audio_transcription.');

/**
 * More than this unsent, about sixteen seconds of speech, and none of it taken for a while: the service does not read
 * any more. The amount alone says nothing: what a dead worker had heard is repeated in one turn of the event loop, and
 * over TLS nothing leaves before its end.
 */
const maxUnsentBytes = 1024 * 1024;
/** What was written at once is seen to be taken only when all of it is: the longest repetition, 4 MiB, has that long. */
const unreadLimitMs = 10_000;
/** More than this and it is given up whatever it takes: twice what a gateway keeps of a caller to repeat. */
const mostUnsentBytes = 8 * 1024 * 1024;

/** A conversation over one connection to the OpenAI Realtime API (GA), or anything that speaks it. */
export class RealtimeConversation implements Conversation {
  readonly isSimulated: boolean;
  readonly #realtime: OpenAIRealtimeWS;
  readonly #setup: ConversationSetup;
  readonly #events: ConversationEvents;
  readonly #limits: ProviderLimits;
  readonly #tap: ConnectionTap | undefined;
  readonly #answer: ServiceAnswer;
  readonly #signOfLife: SignOfLife;
  #utteranceItemId = '';
  /** Of the one before, which is the last again when that turns out to be no turn. */
  #utteranceBefore = '';
  #typed = 0;
  readonly #callerWords = new CallerWords((itemId, text) =>
    this.#guard(() => this.#events.onUserTranscript(text, false, itemId === this.#utteranceItemId, itemId)),
  );
  #onConfigured: ((error?: VjjError) => void) | undefined;
  readonly #seen = new RecentIds();
  /** What waited after the last audio, and when it was last seen that the service takes it. */
  #unsentBytes = 0;
  #takenMs = monotonicMs();
  #isClosed = false;

  constructor(
    { realtime, isSimulated }: OpenedRealtime,
    setup: ConversationSetup,
    events: ConversationEvents,
    limits: ProviderLimits,
  ) {
    this.#realtime = realtime;
    this.isSimulated = isSimulated;
    this.#setup = setup;
    this.#events = events;
    this.#limits = limits;
    this.#tap = setup.tap?.opened();
    this.#answer = new ServiceAnswer(setup, events, {
      send: (event) => this.#send(event),
      onFailed: (code, detail) => this.#fail(code, detail),
      onStuck: () => this.#onClosed(0, 'a cancelled answer does not end'),
    });
    const { socket } = realtime;
    this.#signOfLife = new SignOfLife(socket, (reason) => this.#onClosed(0, reason));
    // The package parses every event, and audio is nearly all of what comes; so the frames are read here.
    socket.removeAllListeners('message');
    socket.on('message', (data: Buffer) => this.#onFrame(data));
    socket.on('close', (code, reason) => this.#onClosed(code, reason.toString()));
  }

  /**
   * The service has taken these settings before. The conversation ends when it gives no sign of life.
   * @param isProven resolves, or rejects, when that is known; else at once
   */
  async goOnFrom(
    { update, confirmation }: NonNullable<OpenedRealtime['prepared']>,
    isProven: boolean,
  ): Promise<void> {
    this.#tap?.sent(JSON.parse(update) as RealtimeClientEvent);
    this.#tap?.received(confirmation);
    this.#tellHistory();
    this.#signOfLife.wake();
    if (!isProven) return;
    const { socket } = this.#realtime;
    for (const sign of ['pong', 'message']) socket.once(sign, () => this.#onConfigured?.());
    await new Promise<void>((resolve, reject) => {
      this.#onConfigured = (error) => {
        this.#onConfigured = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  /** Resolves when the service has taken the session's settings. @param update the event that tells them */
  async configure(update: string, limitMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close();
        reject(new VjjError('PROVIDER_UNREACHABLE', 'the session was not confirmed in time'));
      }, limitMs);
      this.#onConfigured = (error) => {
        clearTimeout(timer);
        this.#onConfigured = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#tap?.sent(JSON.parse(update) as RealtimeClientEvent);
      this.#realtime.socket.send(update);
      this.#tellHistory();
    });
  }

  #tellHistory(): void {
    for (const item of this.#setup.history ?? []) this.#send(historyEvent(item));
  }

  setVoiceMode(mode: VoiceMode): void {
    this.#send({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: { input: { turn_detection: turnDetectionOf(this.#setup.turnDetection, mode) } },
      },
    });
  }

  appendAudio(base64: Buffer): void {
    if (this.#isClosed) return;
    const { socket } = this.#realtime;
    if (this.#isUnread(socket.bufferedAmount)) {
      this.#onClosed(0, 'the voice service does not read');
      return;
    }
    sendAudio(socket, base64);
    this.#signOfLife.owed();
    this.#unsentBytes = socket.bufferedAmount;
  }

  commitAudio(): void {
    this.#answer.forget();
    this.#utteranceItemId = '';
    this.#send({ type: 'input_audio_buffer.commit' });
  }

  clearAudio(): void {
    this.#send({ type: 'input_audio_buffer.clear' });
  }

  forgetUtterance(): void {
    if (this.#utteranceItemId === '') return;
    this.#send({ type: 'conversation.item.delete', item_id: this.#utteranceItemId });
    this.#utteranceItemId = this.#utteranceBefore;
    this.#utteranceBefore = '';
  }

  addUserText(text: string): string {
    this.#answer.forget();
    this.#utteranceItemId = '';
    const id = `typed_${++this.#typed}`;
    this.#send({
      type: 'conversation.item.create',
      item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    return id;
  }

  forgetWords(itemId: string): void {
    this.#send({ type: 'conversation.item.delete', item_id: itemId });
  }

  addNote(text: string): void {
    this.#send(historyEvent({ role: 'system', text }));
  }

  answer(cutOff?: CutOff): void {
    this.#answer.request(cutOff);
  }

  cancelAnswer(heard: Heard): void {
    this.#answer.cancel(heard);
  }

  toolResult(callId: string, output: string): void {
    this.#send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: callId, output },
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#answer.end();
    this.#callerWords.end();
    this.#signOfLife.end();
    this.#realtime.close({ code: 1000, reason: 'the call is over' });
  }

  #isUnread(unsentBytes: number): boolean {
    const nowMs = monotonicMs();
    if (unsentBytes === 0 || unsentBytes < this.#unsentBytes) this.#takenMs = nowMs;
    if (unsentBytes > mostUnsentBytes) return true;
    return unsentBytes > maxUnsentBytes && nowMs - this.#takenMs > unreadLimitMs;
  }

  #send(event: RealtimeClientEvent): void {
    if (this.#isClosed) return;
    this.#tap?.sent(event);
    this.#realtime.send(event);
    this.#signOfLife.owed();
  }

  #onFrame(data: Buffer): void {
    if (this.#isClosed) return;
    this.#signOfLife.came();
    this.#tap?.received(data);
    this.#guard(() => this.#readFrame(data));
  }

  /** What breaks one call must not break the process and all the others. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onClosed(0, `an event could not be dealt with: ${(error as Error).stack ?? ''}`);
    }
  }

  #readFrame(data: Buffer): void {
    const delta = readAudioDelta(data);
    if (delta !== undefined) {
      this.#callerWords.flush();
      if (this.#seen.isNew(delta.eventId)) this.#answer.onAudio(delta.responseId, delta.pcm);
      return;
    }
    let event: RealtimeServerEvent;
    try {
      event = JSON.parse(data.toString()) as RealtimeServerEvent;
    } catch {
      this.#events.onError('PROVIDER_ERROR', 'an event of the voice service is not JSON');
      return;
    }
    this.#onEvent(event);
  }

  #onEvent(event: RealtimeServerEvent): void {
    if ('event_id' in event && !this.#seen.isNew(event.event_id)) return;
    if (!isOfCallerWords(event.type)) this.#callerWords.flush();
    switch (event.type) {
      case 'session.updated':
        this.#onConfigured?.();
        break;
      case 'input_audio_buffer.speech_started':
        this.#events.onSpeechStarted();
        break;
      case 'input_audio_buffer.speech_stopped':
        this.#events.onSpeechStopped();
        break;
      case 'input_audio_buffer.committed':
        this.#utteranceBefore = this.#utteranceItemId;
        this.#utteranceItemId = event.item_id;
        this.#events.onUtterance(event.item_id);
        // If that was no turn, the answer before it may still be heard.
        if (this.#utteranceItemId === event.item_id) this.#answer.forget();
        break;
      case 'conversation.item.input_audio_transcription.delta':
        this.#callerWords.add(event.item_id, event.delta ?? '');
        break;
      case 'conversation.item.input_audio_transcription.completed':
        this.#callerWords.whole(event.item_id);
        this.#events.onUserTranscript(
          event.transcript,
          true,
          event.item_id === this.#utteranceItemId,
          event.item_id,
        );
        break;
      case 'conversation.item.input_audio_transcription.failed':
        this.#callerWords.flush();
        this.#callerWords.whole(event.item_id);
        this.#events.onUserTranscriptFailed(
          event.error.code ?? 'unknown',
          event.item_id === this.#utteranceItemId,
          event.item_id,
        );
        break;
      case 'response.created':
        this.#answer.onCreated(event.response.id ?? '');
        break;
      case 'response.output_item.added':
        this.#answer.onItemAdded(event);
        break;
      case 'response.output_item.done':
        this.#answer.onItemDone(event);
        break;
      case 'response.output_audio.delta':
        this.#answer.onAudio(event.response_id, Buffer.from(event.delta, 'base64'));
        break;
      case 'response.output_audio_transcript.delta':
        this.#answer.onTranscript(event.response_id, event.delta);
        break;
      case 'response.output_audio_transcript.done':
        this.#answer.onWholeTranscript(event.response_id, event.transcript);
        break;
      case 'response.done':
        this.#answer.onDone(event.response);
        break;
      case 'rate_limits.updated':
        this.#limits.told(rateLimitsOf(event));
        break;
      case 'error':
        this.#onError(event);
        break;
      default:
        break;
    }
  }

  #onError({ error }: RealtimeErrorEvent): void {
    // Our cancel and the end of the answer crossed on the way: what was wanted has happened.
    if (error.code === 'response_cancel_not_active') return;
    const detail = `${error.code ?? error.type}: ${error.message}`;
    if (this.#onConfigured !== undefined) {
      const isVoice = error.param?.includes('voice') ?? false;
      const check = isVoice ? "check OPENAI_VOICE and the agent's voice" : "check the agent's settings";
      this.#onConfigured(new VjjError(isVoice ? 'UNKNOWN_VOICE' : 'PROVIDER_ERROR', `${detail}; ${check}`));
      this.close();
      return;
    }
    this.#fail(error.code, detail);
    this.#answer.onRefused(error.event_id ?? undefined);
  }

  #fail(code: string | null | undefined, detail: string): void {
    const id = errorIdOf(code);
    if (id === 'PROVIDER_BUSY') this.#limits.refused();
    this.#events.onError(id, detail);
  }

  #onClosed(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#tap?.closed(code);
    this.close();
    const detail = `the voice service closed the connection: ${code} ${reason}`.trim();
    if (this.#onConfigured !== undefined) this.#onConfigured(new VjjError('PROVIDER_UNREACHABLE', detail));
    else this.#events.onClosed('PROVIDER_LOST', detail);
  }
}
