import { durationMs } from '@vjj/shared/audio.ts';
import type {
  RealtimeClientEvent,
  RealtimeResponse,
  ResponseOutputItemAddedEvent,
  ResponseOutputItemDoneEvent,
} from 'openai/resources/realtime/realtime';
import type { ConversationEvents, ConversationSetup, CutOff, Heard } from './provider.ts';
import { cutOffResponse } from './realtime-session.ts';

/** Event ids of our `response.create`, so that an error can be told to be its answer. */
const answerEventPrefix = 'answer_';

/** A cancelled response that does not end within this time never will. */
const cancelLimitMs = 5000;

type State =
  | 'none'
  /** `response.create` was sent. */
  | 'requested'
  | 'active'
  /** Cancelled by us; its `response.done` is still to come. */
  | 'cancelling';

export interface ServiceAnswerOptions {
  send: (event: RealtimeClientEvent) => void;
  onFailed: (code: string | undefined, detail: string) => void;
  /** A cancelled answer does not end. */
  onStuck: () => void;
}

/**
 * The one answer at a time that a conversation with the voice service has: asked for, begun, ended or cancelled, and cut
 * to what was heard of it. One that is asked for while another ends waits for that end.
 */
export class ServiceAnswer {
  readonly #setup: ConversationSetup;
  readonly #events: ConversationEvents;
  readonly #options: ServiceAnswerOptions;
  #state: State = 'none';
  #isWanted = false;
  /** What the answer that is wanted goes on with. */
  #cutOff: CutOff | undefined;
  #requests = 0;
  #responseId = '';
  /** The item that is spoken, and how much of its audio has come. */
  #itemId = '';
  #itemBytes = 0;
  #transcript = '';
  /** What of the cancelled response stays when it is done. */
  #heard: Heard = { ms: 0 };
  #cancelTimer: NodeJS.Timeout | undefined;

  constructor(setup: ConversationSetup, events: ConversationEvents, options: ServiceAnswerOptions) {
    this.#setup = setup;
    this.#events = events;
    this.#options = options;
  }

  /** @param cutOff go on with this answer instead of giving a new one */
  request(cutOff?: CutOff): void {
    if (this.#state !== 'none') {
      this.#isWanted = true;
      this.#cutOff = cutOff;
      return;
    }
    this.#isWanted = false;
    this.#cutOff = undefined;
    this.#state = 'requested';
    this.#itemId = '';
    this.#itemBytes = 0;
    this.#transcript = '';
    this.#options.send({
      type: 'response.create',
      event_id: `${answerEventPrefix}${++this.#requests}`,
      ...(cutOff === undefined ? {} : { response: cutOffResponse(this.#setup, cutOff) }),
    });
  }

  cancel(heard: Heard): void {
    this.#isWanted = false;
    switch (this.#state) {
      case 'none':
        this.#cut(heard);
        break;
      case 'requested':
        // Nothing can be cancelled before it exists; it is when `response.created` comes.
        this.#beginCancel(heard);
        this.#responseId = '';
        break;
      case 'active':
        this.#beginCancel(heard);
        this.#options.send({ type: 'response.cancel', response_id: this.#responseId });
        break;
      case 'cancelling':
        // Of an answer that was only wanted, not of the one that is ending.
        if ('text' in heard) this.#addText(heard.text);
        break;
    }
  }

  /** The caller's next turn: what is cancelled from here on is not the answer before it. */
  forget(): void {
    if (this.#state === 'none') this.#itemId = '';
  }

  end(): void {
    clearTimeout(this.#cancelTimer);
  }

  onCreated(responseId: string): void {
    if (this.#state === 'requested') {
      this.#responseId = responseId;
      this.#state = 'active';
      this.#events.onAnswerStarted();
    } else if (this.#state === 'cancelling' && this.#responseId === '') {
      this.#responseId = responseId;
      this.#options.send({ type: 'response.cancel', response_id: responseId });
    }
  }

  onItemAdded({ response_id, item }: ResponseOutputItemAddedEvent): void {
    const isCurrent =
      response_id === this.#responseId && (this.#state === 'active' || this.#state === 'cancelling');
    if (!isCurrent || item.type !== 'message') return;
    const isFurther = this.#itemBytes > 0 || this.#transcript !== '';
    this.#itemId = item.id ?? '';
    this.#itemBytes = 0;
    this.#transcript = '';
    if (isFurther && this.#state === 'active') this.#events.onAnswerItem();
  }

  onAudio(responseId: string, pcm: Buffer): void {
    if (!this.#isPlayed(responseId)) return;
    this.#itemBytes += pcm.length;
    this.#events.onAudio(pcm);
  }

  onTranscript(responseId: string, delta: string): void {
    if (!this.#isPlayed(responseId)) return;
    this.#transcript += delta;
    this.#events.onTranscript(this.#transcript, false);
  }

  onWholeTranscript(responseId: string, text: string): void {
    if (this.#isPlayed(responseId)) this.#events.onTranscript(text, true);
  }

  onItemDone({ response_id, item }: ResponseOutputItemDoneEvent): void {
    if (!this.#isPlayed(response_id) || item.type !== 'function_call') return;
    this.#events.onToolCall({ id: item.call_id ?? '', name: item.name, arguments: item.arguments });
  }

  onDone({ id, status = 'failed', status_details }: RealtimeResponse): void {
    if (id !== this.#responseId || this.#state === 'none') return;
    const wasCancelled = this.#ended();
    if (wasCancelled) {
      this.#cut(this.#heard);
    } else {
      const outcome = status === 'in_progress' ? 'failed' : status;
      if (outcome === 'failed') {
        const code = status_details?.error?.code;
        this.#options.onFailed(code, `the answer failed: ${code ?? 'no reason given'}`);
      }
      this.#events.onAnswerDone(outcome);
    }
    this.#requestWanted();
  }

  /** The service reports an error. @param eventId of our event that it is about */
  onRefused(eventId: string | undefined): void {
    if (!eventId?.startsWith(answerEventPrefix)) return;
    const wasCancelled = this.#ended();
    if (!wasCancelled) this.#events.onAnswerDone('failed');
    this.#requestWanted();
  }

  #isPlayed(responseId: string): boolean {
    return this.#state === 'active' && responseId === this.#responseId;
  }

  /** @returns whether it was cancelled before */
  #ended(): boolean {
    const wasCancelled = this.#state === 'cancelling';
    clearTimeout(this.#cancelTimer);
    this.#state = 'none';
    return wasCancelled;
  }

  #requestWanted(): void {
    if (this.#isWanted) this.request(this.#cutOff);
  }

  #beginCancel(heard: Heard): void {
    this.#state = 'cancelling';
    this.#heard = heard;
    this.#cancelTimer = setTimeout(() => this.#options.onStuck(), cancelLimitMs);
  }

  /** Leaves of the spoken item only what was heard. */
  #cut(heard: Heard): void {
    const itemId = this.#itemId;
    this.#itemId = '';
    if ('text' in heard) {
      if (itemId !== '') this.#delete(itemId);
      this.#addText(heard.text);
      return;
    }
    if (itemId === '') return;
    const endMs = Math.floor(Math.min(heard.ms, durationMs(this.#itemBytes)));
    if (endMs <= 0) this.#delete(itemId);
    else
      this.#options.send({
        type: 'conversation.item.truncate',
        item_id: itemId,
        content_index: 0,
        audio_end_ms: endMs,
      });
  }

  #delete(itemId: string): void {
    this.#options.send({ type: 'conversation.item.delete', item_id: itemId });
  }

  #addText(text: string): void {
    if (text === '') return;
    this.#options.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] },
    });
  }
}
