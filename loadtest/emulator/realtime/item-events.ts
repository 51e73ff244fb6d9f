import type { Report } from '../report.ts';
import type { ClientEvent } from './client-events.ts';
import type { Conversation } from './conversation.ts';
import type { Outgoing } from './wire.ts';

type ItemEvent = Extract<
  ClientEvent,
  { type: 'conversation.item.retrieve' | 'conversation.item.delete' | 'conversation.item.truncate' }
>;

/**
 * Does what a client asks of an item that is there.
 *
 * @returns the answer
 * @throws {RequestError} when the item is not there, or cannot be cut so
 */
export function handleItem(event: ItemEvent, conversation: Conversation, report: Report): Outgoing {
  const { item_id } = event;
  switch (event.type) {
    case 'conversation.item.retrieve':
      return { type: 'conversation.item.retrieved', item: conversation.retrieve(item_id).item };
    case 'conversation.item.delete':
      conversation.delete(item_id);
      return { type: 'conversation.item.deleted', item_id };
    case 'conversation.item.truncate': {
      const { content_index, audio_end_ms } = event;
      conversation.truncate(item_id, content_index, audio_end_ms);
      report.truncated(item_id, audio_end_ms);
      return { type: 'conversation.item.truncated', item_id, content_index, audio_end_ms };
    }
  }
}
