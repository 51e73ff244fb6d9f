import type { Reordering } from '../faults.ts';
import type { ResponseRecord } from '../report.ts';
import type { Script } from '../script.ts';
import type { Voice } from '../speech/voice.ts';
import type { VoiceName } from '../speech/voices.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Entry } from './conversation.ts';
import type { EventSocket } from './event-socket.ts';
import type { AudioFormat, Item } from './wire.ts';

/** What an output item needs of the response it belongs to. */
export interface OutputContext {
  responseId: string;
  outputIndex: number;
  socket: EventSocket;
  wheel: TimerWheel;
  voice: Voice;
  script: Script;
  record: ResponseRecord;
  speaker: { voice: VoiceName; speed: number; format: AudioFormat };
  /** Output tokens after which the response is cut as incomplete. */
  maxTokens: number;
  reorders: (what: Reordering) => boolean;
  /** Audio after which an ordered failure strikes, ms; infinite when none is ordered. */
  failAfterAudioMs: number;
  /** Puts the item into the conversation; null for a response that stands apart from it. */
  join: ((entry: Entry) => void) | null;
  /** The item before one in the conversation. */
  previousOf: (itemId: string) => string | null;
  /** Called once, when the output ends by itself. */
  ended: (how: 'completed' | 'max_output_tokens' | 'failed') => void;
}

/** One item of a response while it is being produced. */
export interface Output {
  readonly entry: Entry;
  /** Announces the item and begins to send it. */
  begin(): void;
  /** Stops sending and says the `*.done` events; after this nothing more is sent. */
  finish(status: 'completed' | 'incomplete'): void;
  /** Output tokens so far. */
  tokens(): { text: number; audio: number };
}

/** `response.output_item.added`, then `conversation.item.added` where there is a conversation. */
export function announceItem(context: OutputContext, entry: Entry): void {
  const item = structuredClone(entry.item);
  context.socket.send({
    type: 'response.output_item.added',
    response_id: context.responseId,
    output_index: context.outputIndex,
    item,
  });
  if (!context.join) return;
  context.join(entry);
  const previous_item_id = context.previousOf(entry.item.id);
  context.socket.send({ type: 'conversation.item.added', previous_item_id, item });
}

/** `conversation.item.done` and `response.output_item.done`; the wire shows either first. */
export function closeItem(context: OutputContext, item: Item, previous: string | null): void {
  const outputDone = () =>
    context.socket.send({
      type: 'response.output_item.done',
      response_id: context.responseId,
      output_index: context.outputIndex,
      item,
    });
  const itemDone = () => {
    if (context.join)
      context.socket.send({ type: 'conversation.item.done', previous_item_id: previous, item });
  };
  if (context.reorders('output-item-done-first')) {
    outputDone();
    itemDone();
  } else {
    itemDone();
    outputDone();
  }
}
