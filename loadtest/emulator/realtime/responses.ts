import { RequestError } from '../api-error.ts';
import type { Report } from '../report.ts';
import { changedScript, type ScriptPatch } from '../script.ts';
import type { Voice } from '../speech/voice.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import { type Behaviour, markerOf } from './behaviour.ts';
import type { Conversation } from './conversation.ts';
import type { EventSocket } from './event-socket.ts';
import { callerWords, decide } from './model.ts';
import { inputEntries } from './new-items.ts';
import { type CancelReason, Response } from './response.ts';
import type { ResponseOptions } from './session-config.ts';
import { type InputTokens, inputTokens } from './usage.ts';
import type { Session, ToolChoice, Tools } from './wire.ts';

export interface ResponsesParts {
  session: () => Session;
  behaviour: Behaviour;
  conversation: Conversation;
  socket: EventSocket;
  wheel: TimerWheel;
  voice: Voice;
  report: Report;
  /** A response that wrote the conversation has ended, and none is waiting. */
  fellSilent: (response: Response) => void;
}

/** The responses of a session: at most one that writes the conversation, any number beside it. */
export class Responses {
  readonly #parts: ResponsesParts;
  readonly #running = new Set<Response>();
  #answers = 0;
  #hasSpoken = false;
  #isWaiting = false;
  #earlierInput: InputTokens = { text: 0, audio: 0 };

  constructor(parts: ResponsesParts) {
    this.#parts = parts;
  }

  /** Whether the user has been sent audio, after which the voice is fixed. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** The one that writes the conversation. */
  get current(): Response | undefined {
    for (const response of this.#running) if (response.writesConversation) return response;
    return undefined;
  }

  /** @throws {RequestError} `conversation_already_has_active_response`, or what is wrong with the input */
  create(options: ResponseOptions): void {
    const { session: sessionNow, behaviour, conversation, fellSilent: _fellSilent, ...tools } = this.#parts;
    const active = this.current;
    if (options.conversation !== 'none' && active) {
      throw new RequestError(
        `Conversation already has an active response in progress: ${active.id}. Wait until the response is finished before creating a new one.`,
        { code: 'conversation_already_has_active_response' },
      );
    }
    const session = sessionNow();
    const script = changedScript(behaviour.script, ownScript(options));
    const entries = options.input ? inputEntries(options.input, conversation) : conversation.entries;
    const decision = decide({
      entries,
      instructions: options.instructions ?? session.instructions,
      tools: (options.tools ?? session.tools) as Tools,
      toolChoice: (options.tool_choice ?? session.tool_choice) as ToolChoice,
      script,
      turn: this.#answers,
    });
    if (decision.kind === 'say') this.#answers++;
    const host = {
      ...tools,
      session,
      conversation,
      script,
      input: inputTokens(session, entries),
      earlierInput: this.#earlierInput,
      reorders: behaviour.reorders.bind(behaviour),
      failure: behaviour.strike('fail-response'),
      finished: (finished: Response) => this.#finished(finished),
    };
    const response = new Response(host, options, decision);
    response.record.callerSaid = callerWords(entries);
    this.#running.add(response);
    response.start();
  }

  /** Detection may want an answer while another still runs (`interrupt_response: false`): it waits. */
  createWhenFree(): void {
    if (this.current) this.#isWaiting = true;
    else this.create({});
  }

  /** @throws {RequestError} `response_cancel_not_active` */
  cancel(responseId: string | undefined, reason: CancelReason): void {
    const wanted =
      responseId === undefined
        ? this.current
        : [...this.#running].find((response) => response.id === responseId);
    if (!wanted) {
      throw new RequestError('Cancellation failed: no active response found', {
        code: 'response_cancel_not_active',
      });
    }
    wanted.cancel(reason);
  }

  /** The socket is gone. */
  abandon(): void {
    for (const response of this.#running) response.abandon();
    this.#running.clear();
  }

  #finished(response: Response): void {
    this.#running.delete(response);
    if (response.sentAudioMs > 0) this.#hasSpoken = true;
    if (!response.writesConversation) return;
    this.#earlierInput = response.input;
    if (this.#isWaiting) {
      this.#isWaiting = false;
      this.create({});
    } else {
      this.#parts.fellSilent(response);
    }
  }
}

/** A response's own script, from its instructions or its metadata's `emulator`. */
function ownScript(options: ResponseOptions): ScriptPatch {
  const metadata = options.metadata?.emulator;
  const inMetadata = metadata === undefined ? {} : markerOf(`[emulator:${metadata}]`);
  const { faults: _faults, ...script } = { ...markerOf(options.instructions ?? ''), ...inMetadata };
  return script;
}
