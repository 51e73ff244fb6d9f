import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { RequestError } from '../api-error.ts';
import { FaultBook, type FaultSubject, type Reordering } from '../faults.ts';
import type { Report } from '../report.ts';
import { changedScript, type Script, type ScriptPatch, type SessionPatch, takeMarker } from '../script.ts';
import type { Voice } from '../speech/voice.ts';
import type { TimerWheel, WheelTimer } from '../timer-wheel.ts';
import { checked } from './checked.ts';
import { type ClientEvent, checkEvent, isBetaShape, readMessage } from './client-events.ts';
import { Conversation, type Entry } from './conversation.ts';
import { type EventCounts, EventSocket } from './event-socket.ts';
import { InputAudio } from './input-audio.ts';
import { decide } from './model.ts';
import { createdEntry, inputEntries } from './new-items.ts';
import { type CancelReason, Response } from './response.ts';
import { type ResponseOptions, responseOptionsSchema, updatedSession } from './session-config.ts';
import { transcribe } from './transcription.ts';
import { type InputTokens, inputTokens } from './usage.ts';
import type { Session, ToolChoice, Tools } from './wire.ts';

/** What all sessions of an emulator share. */
export interface Shared {
  wheel: TimerWheel;
  voice: Voice;
  report: Report;
  faults: FaultBook;
  counts: EventCounts;
  script: () => Script;
}

/** What a handshake asked for. */
export interface Opening {
  session: Session;
  patch: SessionPatch;
}

/** One connected Realtime session. */
export class RealtimeSession {
  readonly startedAt = Date.now();
  readonly #ws: WebSocket;
  readonly #shared: Shared;
  readonly #socket: EventSocket;
  readonly #conversation = new Conversation();
  readonly #input = new InputAudio();
  readonly #ownFaults = new FaultBook();
  readonly #responses = new Set<Response>();
  readonly #timers = new Set<WheelTimer>();
  #session: Session;
  #patch: ScriptPatch = {};
  #hasSpoken = false;
  #answers = 0;
  #heard = 0;
  #speechStartMs = 0;
  #responseWaiting = false;
  #earlierInput: InputTokens = { text: 0, audio: 0 };
  #idleTimer: WheelTimer | undefined;
  #currentEventId: string | null = null;

  constructor(ws: WebSocket, stream: Duplex, opening: Opening, shared: Shared) {
    const { session, patch } = opening;
    this.#ws = ws;
    this.#session = session;
    this.#shared = shared;
    this.#socket = new EventSocket(ws, {
      stream,
      wheel: shared.wheel,
      books: [this.#ownFaults, shared.faults],
      subject: () => this.#subject(),
      counts: shared.counts,
    });
    this.#applyPatch(patch);
    this.#configureInput();
  }

  get id(): string {
    return this.#session.id;
  }

  /** Greets the client and starts the session's clocks. */
  start(): void {
    this.#socket.send({ type: 'session.created', session: this.#session });
    this.#after(this.#script().sessionMaxMs, () => this.#socket.close(1001, ''));
    this.armFaults();
  }

  /** Sets the clocks of faults that no event sets off; called again whenever faults are added. */
  armFaults(): void {
    for (const book of [this.#ownFaults, this.#shared.faults]) {
      if (book.isEmpty) continue;
      const close = book.strike('close', this.#subject(), (fault) => fault.on === undefined);
      if (close) this.#socket.closeAfter(close);
      const error = book.strike('error', this.#subject(), (fault) => fault.on === undefined);
      if (error) {
        const send = () => this.#socket.send({ type: 'error', error: { ...error.error, event_id: null } });
        if (error.afterMs === 0) send();
        else this.#after(error.afterMs, send);
      }
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
      if (!(error instanceof RequestError)) throw error;
      this.#socket.send({ type: 'error', error: { ...error.error, event_id: this.#currentEventId } });
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
    for (const response of this.#responses) response.abandon();
    this.#responses.clear();
  }

  #handle(event: ClientEvent): void {
    const { id } = this.#conversation;
    switch (event.type) {
      case 'session.update':
        this.#update(event.session);
        break;
      case 'input_audio_buffer.commit':
        this.#commit(this.#input.commit());
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
      case 'conversation.item.retrieve': {
        const { item } = this.#conversation.retrieve(event.item_id);
        this.#socket.send({ type: 'conversation.item.retrieved', item });
        break;
      }
      case 'conversation.item.delete':
        this.#conversation.delete(event.item_id);
        this.#socket.send({ type: 'conversation.item.deleted', item_id: event.item_id });
        break;
      case 'conversation.item.truncate':
        this.#conversation.truncate(event.item_id, event.content_index, event.audio_end_ms);
        this.#shared.report.truncated(event.item_id, event.audio_end_ms);
        this.#socket.send({
          type: 'conversation.item.truncated',
          item_id: event.item_id,
          content_index: event.content_index,
          audio_end_ms: event.audio_end_ms,
        });
        break;
      case 'response.create':
        this.#respond(checked(responseOptionsSchema, event.response ?? {}, 'response'));
        break;
      case 'response.cancel':
        this.#cancel(event.response_id);
        break;
      default:
        throw new Error(`unhandled event ${String(event satisfies never)} in ${id}`);
    }
  }

  #update(update: unknown): void {
    const next = updatedSession(this.#session, update, this.#hasSpoken);
    this.#applyPatch(markerOf(next.instructions));
    this.#session = next;
    this.#configureInput();
    this.#socket.send({ type: 'session.updated', session: this.#session });
  }

  #configureInput(): void {
    const { format, turn_detection } = this.#session.audio.input;
    this.#input.configure(format, turn_detection);
  }

  #hear(base64: string): void {
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
        if (detection?.interrupt_response) this.#current()?.cancel('turn_detected');
      } else {
        const { audioEndMs } = transition;
        this.#socket.send({
          type: 'input_audio_buffer.speech_stopped',
          audio_end_ms: audioEndMs,
          item_id: this.#input.announceItem(),
        });
        this.#commit(this.#input.commit(audioEndMs - this.#speechStartMs));
        if (detection?.create_response) this.#respondWhenFree();
      }
    }
  }

  /** A spoken item joins the conversation; its words come from the script. */
  #commit({ itemId, audioMs }: { itemId: string; audioMs: number }): void {
    const { heard } = this.#script();
    const words = heard[this.#heard++ % heard.length] ?? '';
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
      words,
      audioMs,
    };
    this.#add(entry);
    transcribe(entry, {
      socket: this.#socket,
      wheel: this.#shared.wheel,
      session: this.#session,
      script: this.#script(),
      isLate: () => this.#reorders('late-input-transcript'),
    });
  }

  #add(entry: Entry, previousId?: string | null): void {
    const previous_item_id = this.#conversation.insert(entry, previousId);
    // Serialised before the item can change.
    this.#socket.send({ type: 'conversation.item.added', previous_item_id, item: entry.item });
    this.#socket.send({ type: 'conversation.item.done', previous_item_id, item: entry.item });
  }

  #respond(options: ResponseOptions): void {
    const active = this.#current();
    if (options.conversation !== 'none' && active) {
      throw new RequestError(
        `Conversation already has an active response in progress: ${active.id}. Wait until the response is finished before creating a new one.`,
        { code: 'conversation_already_has_active_response' },
      );
    }
    const patch = responsePatch(options);
    const { faults: _faults, ...ownScript } = patch;
    const script = changedScript(this.#script(), ownScript);
    const entries = options.input
      ? inputEntries(options.input, this.#conversation)
      : this.#conversation.entries;
    const input = inputTokens(this.#session, entries);
    const decision = decide({
      entries,
      instructions: options.instructions ?? this.#session.instructions,
      tools: (options.tools ?? this.#session.tools) as Tools,
      toolChoice: (options.tool_choice ?? this.#session.tool_choice) as ToolChoice,
      script,
      turn: this.#answers,
    });
    if (decision.kind === 'say') this.#answers++;
    this.#idleTimer?.cancel();
    const response = new Response(
      {
        session: this.#session,
        socket: this.#socket,
        wheel: this.#shared.wheel,
        voice: this.#shared.voice,
        conversation: this.#conversation,
        report: this.#shared.report,
        script,
        input,
        earlierInput: this.#earlierInput,
        reorders: (what) => this.#reorders(what),
        failure: this.#strike('fail-response'),
        finished: (finished) => this.#finished(finished),
      },
      options,
      decision,
    );
    this.#responses.add(response);
    response.start();
  }

  /** Detection may want an answer while another still runs (`interrupt_response: false`): it waits. */
  #respondWhenFree(): void {
    if (this.#current()) this.#responseWaiting = true;
    else this.#respond({});
  }

  #finished(response: Response): void {
    this.#responses.delete(response);
    if (response.sentAudioMs > 0) this.#hasSpoken = true;
    if (!response.writesConversation) return;
    this.#earlierInput = response.input;
    if (this.#responseWaiting) {
      this.#responseWaiting = false;
      this.#respond({});
      return;
    }
    this.#watchIdle(response);
  }

  #cancel(responseId: string | undefined): void {
    const reason: CancelReason = 'client_cancelled';
    const wanted =
      responseId === undefined
        ? this.#current()
        : [...this.#responses].find((response) => response.id === responseId);
    if (!wanted) {
      throw new RequestError('Cancellation failed: no active response found', {
        code: 'response_cancel_not_active',
      });
    }
    wanted.cancel(reason);
  }

  /** With `idle_timeout_ms`, the model speaks up when the user stays silent after its answer was played. */
  #watchIdle(response: Response): void {
    const detection = this.#session.audio.input.turn_detection;
    const idleMs = detection?.type === 'server_vad' ? detection.idle_timeout_ms : null;
    if (idleMs === null || this.#input.isSpeaking) return;
    const playedUntil = (response.record.firstAudioAt ?? Date.now()) + response.sentAudioMs;
    const wait = Math.max(0, playedUntil - Date.now()) + (this.#script().idleTimeoutMs ?? idleMs);
    const fromMs = this.#input.receivedMs;
    this.#idleTimer?.cancel();
    this.#idleTimer = this.#shared.wheel.schedule(wait, () => {
      if (this.#current() || this.#input.isSpeaking) return;
      const itemId = this.#input.announceItem();
      this.#socket.send({
        type: 'input_audio_buffer.timeout_triggered',
        audio_start_ms: Math.round(fromMs),
        audio_end_ms: Math.round(this.#input.receivedMs),
        item_id: itemId,
      });
      this.#commit(this.#input.commit(this.#input.receivedMs - fromMs));
      this.#respond({});
    });
  }

  #current(): Response | undefined {
    for (const response of this.#responses) if (response.writesConversation) return response;
    return undefined;
  }

  #script(): Script {
    return changedScript(this.#shared.script(), this.#patch);
  }

  #applyPatch(patch: SessionPatch): void {
    const { faults, ...script } = patch;
    this.#patch = { ...this.#patch, ...script };
    if (!faults) return;
    this.#ownFaults.clear();
    for (const fault of faults) this.#ownFaults.add(fault);
  }

  #subject(): FaultSubject {
    const { id, model, instructions } = this.#session;
    return { sessionId: id, model, instructions };
  }

  #strike(kind: 'fail-response') {
    return this.#ownFaults.strike(kind, this.#subject()) ?? this.#shared.faults.strike(kind, this.#subject());
  }

  #reorders(what: Reordering): boolean {
    for (const book of [this.#ownFaults, this.#shared.faults]) {
      if (book.isEmpty) continue;
      const accepts = book.strike('reorder', this.#subject(), (fault) => fault.what?.includes(what) ?? true);
      if (accepts) return true;
    }
    return false;
  }

  /** A slow reader stops reading for as long as the message should have taken. */
  #readSlowly(bytes: number): void {
    const fault =
      this.#ownFaults.strike('slow-reader', this.#subject()) ??
      this.#shared.faults.strike('slow-reader', this.#subject());
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

/** A wrong marker is the test author's mistake and must not pass unseen. */
function markerOf(text: string): SessionPatch {
  try {
    return takeMarker(text).patch ?? {};
  } catch (error) {
    throw new RequestError(`The [emulator:…] marker is wrong: ${String(error)}`, {
      code: 'invalid_emulator_marker',
    });
  }
}

/** A response's own script, from its instructions or its metadata's `emulator`. */
function responsePatch(options: ResponseOptions): SessionPatch {
  const metadata = options.metadata?.emulator;
  const inMetadata = metadata === undefined ? {} : markerOf(`[emulator:${metadata}]`);
  return { ...markerOf(options.instructions ?? ''), ...inMetadata };
}
