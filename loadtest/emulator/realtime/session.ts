import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { RequestError } from '../api-error.ts';
import type { FaultBook } from '../faults.ts';
import type { FrameDelays } from '../frame-delays.ts';
import type { Report } from '../report.ts';
import type { Script, SessionPatch } from '../script.ts';
import type { Voice } from '../speech/voice.ts';
import type { TimerWheel, WheelTimer } from '../timer-wheel.ts';
import { Behaviour, markerOf } from './behaviour.ts';
import { checked } from './checked.ts';
import { type ClientEvent, checkEvent, isBetaShape, readMessage } from './client-events.ts';
import { Conversation, type Entry } from './conversation.ts';
import { type EventCounts, EventSocket } from './event-socket.ts';
import { type CommittedAudio, InputAudio } from './input-audio.ts';
import { handleItem } from './item-events.ts';
import { createdEntry, isUnheardSpeech } from './new-items.ts';
import type { Response } from './response.ts';
import { Responses } from './responses.ts';
import { responseOptionsSchema, updatedSession } from './session-config.ts';
import { transcribe } from './transcription.ts';
import type { Session } from './wire.ts';

/** What all sessions of an emulator share. */
export interface Shared {
  wheel: TimerWheel;
  voice: Voice;
  report: Report;
  faults: FaultBook;
  counts: EventCounts;
  delays: FrameDelays;
  script: () => Script;
}

/** What a handshake asked for. */
export interface Opening {
  session: Session;
  patch: SessionPatch;
}

/** One connected Realtime session. */
export class RealtimeSession {
  readonly #ws: WebSocket;
  readonly #shared: Shared;
  readonly #behaviour: Behaviour;
  readonly #socket: EventSocket;
  readonly #conversation = new Conversation();
  readonly #input = new InputAudio();
  readonly #responses: Responses;
  readonly #timers = new Set<WheelTimer>();
  #session: Session;
  #heard = 0;
  #speechStartMs = 0;
  #idleTimer: WheelTimer | undefined;
  #currentEventId: string | null = null;

  /** @param stream  the connection under the WebSocket */
  constructor(ws: WebSocket, stream: Duplex, opening: Opening, shared: Shared) {
    this.#ws = ws;
    this.#session = opening.session;
    this.#shared = shared;
    const { wheel, voice, report, counts } = shared;
    this.#behaviour = new Behaviour(shared.script, shared.faults, () => ({
      sessionId: this.#session.id,
      model: this.#session.model,
      instructions: this.#session.instructions,
    }));
    this.#behaviour.apply(opening.patch);
    this.#socket = new EventSocket(ws, { stream, wheel, behaviour: this.#behaviour, counts });
    this.#responses = new Responses({
      session: () => this.#session,
      behaviour: this.#behaviour,
      conversation: this.#conversation,
      socket: this.#socket,
      wheel,
      voice,
      report,
      fellSilent: (response) => this.#watchIdle(response),
    });
    this.#configureInput();
  }

  get id(): string {
    return this.#session.id;
  }

  /** Greets the client and starts the session's clocks. */
  start(): void {
    this.#socket.send({ type: 'session.created', session: this.#session });
    this.#after(this.#behaviour.script.sessionMaxMs, () => this.#socket.close(1001, ''));
    this.armFaults();
  }

  /**
   * Sets the clocks of faults that no event sets off.
   *
   * @param faultId  only this one, which came while the session lived
   */
  armFaults(faultId?: string): void {
    const isMeant = (fault: { id?: string | undefined; on?: string | undefined }) =>
      fault.on === undefined && (faultId === undefined || fault.id === faultId);
    for (const close of this.#behaviour.strikeEach('close', isMeant)) this.#socket.closeAfter(close);
    for (const { error, afterMs } of this.#behaviour.strikeEach('error', isMeant)) {
      const send = () => this.#socket.send({ type: 'error', error: { ...error, event_id: null } });
      if (afterMs === 0) send();
      else this.#after(afterMs, send);
    }
  }

  /** Takes one message from the client. */
  receive(data: Buffer): void {
    this.#readSlowly(data.length);
    this.#currentEventId = null;
    try {
      const incoming = readMessage(data);
      this.#currentEventId = incoming.eventId;
      if (incoming.kind === 'audio') this.#hear(incoming.base64);
      else if (isBetaShape(incoming.value)) this.refuseBeta();
      else this.#handle(checkEvent(incoming.value));
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The beta protocol is gone: one error, then the end. */
  refuseBeta(): void {
    const code = 'beta_api_shape_disabled';
    this.#socket.send({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code,
        message: 'The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.',
        param: null,
        event_id: this.#currentEventId,
      },
    });
    this.#socket.close(4000, `invalid_request_error.${code}`);
  }

  /** The socket is gone. */
  ended(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#idleTimer?.cancel();
    this.#responses.abandon();
  }

  #handle(event: ClientEvent): void {
    switch (event.type) {
      case 'session.update':
        this.#update(event.session);
        break;
      case 'input_audio_buffer.commit':
        this.#commit(this.#input.commitPending());
        break;
      case 'input_audio_buffer.clear':
        this.#input.clear();
        this.#socket.send({ type: 'input_audio_buffer.cleared' });
        break;
      case 'output_audio_buffer.clear':
        throw new RequestError('output_audio_buffer.clear is only supported over WebRTC and SIP.', {
          code: 'invalid_value',
          param: 'type',
        });
      case 'conversation.item.create':
        this.#add(createdEntry(event.item, this.#conversation), event.previous_item_id);
        break;
      case 'conversation.item.retrieve':
      case 'conversation.item.delete':
      case 'conversation.item.truncate':
        this.#socket.send(handleItem(event, this.#conversation, this.#shared.report));
        break;
      case 'response.create':
        this.#idleTimer?.cancel();
        this.#responses.create(checked(responseOptionsSchema, event.response ?? {}, 'response'));
        break;
      case 'response.cancel':
        this.#responses.cancel(event.response_id, 'client_cancelled');
        break;
      default:
        throw new Error(`unhandled event ${String(event satisfies never)}`);
    }
  }

  #update(update: unknown): void {
    const before = this.#session.instructions;
    const next = updatedSession(this.#session, update, this.#responses.hasSpoken);
    const patch = next.instructions === before ? {} : markerOf(next.instructions);
    this.#session = next;
    this.#behaviour.apply(patch);
    if (patch.faults) this.armFaults();
    this.#configureInput();
    this.#socket.send({ type: 'session.updated', session: this.#session });
  }

  #configureInput(): void {
    const { format, turn_detection } = this.#session.audio.input;
    this.#input.configure(format, turn_detection);
  }

  #hear(base64: string): void {
    this.#shared.delays.note(base64);
    const detection = this.#session.audio.input.turn_detection;
    for (const transition of this.#input.append(base64)) {
      if (transition.type === 'started') {
        this.#idleTimer?.cancel();
        this.#speechStartMs = transition.audioStartMs;
        this.#socket.send({
          type: 'input_audio_buffer.speech_started',
          audio_start_ms: transition.audioStartMs,
          item_id: this.#input.announceItem(),
        });
        if (detection?.interrupt_response) this.#responses.current?.cancel('turn_detected');
      } else {
        const { audioEndMs } = transition;
        this.#socket.send({
          type: 'input_audio_buffer.speech_stopped',
          audio_end_ms: audioEndMs,
          item_id: this.#input.announceItem(),
        });
        this.#commit(this.#input.commitSpeech(audioEndMs - this.#speechStartMs));
        if (detection?.create_response) this.#responses.createWhenFree();
      }
    }
  }

  /** A spoken item joins the conversation; its words come from the script, unless they were numbers. */
  #commit({ itemId, audioMs, numbers }: CommittedAudio): void {
    const content: { type: 'input_audio'; transcript: string | null }[] = [
      { type: 'input_audio', transcript: null },
    ];
    this.#socket.send({
      type: 'input_audio_buffer.committed',
      previous_item_id: this.#conversation.lastId,
      item_id: itemId,
    });
    const entry: Entry = {
      item: { id: itemId, type: 'message', status: 'completed', role: 'user', content },
      words: numbers.length > 0 ? `${numbers.join(' ')}.` : this.#nextWords(),
      audioMs,
    };
    this.#add(entry);
    transcribe(entry, {
      socket: this.#socket,
      wheel: this.#shared.wheel,
      session: this.#session,
      behaviour: this.#behaviour,
    });
  }

  #add(entry: Entry, previousId?: string | null): void {
    if (isUnheardSpeech(entry)) entry.words = this.#nextWords();
    const previous_item_id = this.#conversation.insert(entry, previousId);
    // Serialised before the item can change.
    this.#socket.send({ type: 'conversation.item.added', previous_item_id, item: entry.item });
    this.#socket.send({ type: 'conversation.item.done', previous_item_id, item: entry.item });
  }

  /** What the microphone is taken to have heard next. */
  #nextWords(): string {
    const { heard } = this.#behaviour.script;
    return heard[this.#heard++ % heard.length] ?? '';
  }

  /** With `idle_timeout_ms`, the model speaks up when the user stays silent after its answer was played. */
  #watchIdle(response: Response): void {
    const detection = this.#session.audio.input.turn_detection;
    const idleMs = detection?.type === 'server_vad' ? detection.idle_timeout_ms : null;
    if (idleMs === null || this.#input.isSpeaking) return;
    const playedUntil = (response.record.firstAudioAt ?? Date.now()) + response.sentAudioMs;
    const wait = Math.max(0, playedUntil - Date.now()) + (this.#behaviour.script.idleTimeoutMs ?? idleMs);
    const fromMs = this.#input.receivedMs;
    this.#idleTimer?.cancel();
    this.#idleTimer = this.#shared.wheel.schedule(wait, () => {
      if (this.#responses.current || this.#input.isSpeaking) return;
      const itemId = this.#input.announceItem();
      this.#socket.send({
        type: 'input_audio_buffer.timeout_triggered',
        audio_start_ms: Math.round(fromMs),
        audio_end_ms: Math.round(this.#input.receivedMs),
        item_id: itemId,
      });
      this.#commit(this.#input.commitSpeech(this.#input.receivedMs - fromMs));
      this.#responses.create({});
    });
  }

  /** A client's mistake becomes an error event; so does ours, with its trace on stderr. */
  #refuse(error: unknown): void {
    const isOurs = !(error instanceof RequestError);
    if (isOurs) console.error(error);
    const told = isOurs ? new RequestError('The server had an error.', { type: 'server_error' }) : error;
    this.#socket.send({ type: 'error', error: { ...told.error, event_id: this.#currentEventId } });
  }

  /** A slow reader stops reading for as long as the message should have taken. */
  #readSlowly(bytes: number): void {
    const fault = this.#behaviour.strike('slow-reader');
    if (!fault) return;
    this.#ws.pause();
    this.#after((bytes * 1000) / fault.bytesPerSecond, () => this.#ws.resume());
  }

  #after(delayMs: number, run: () => void): void {
    const timer = this.#shared.wheel.schedule(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }
}
