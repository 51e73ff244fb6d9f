import { RequestError } from '../api-error.ts';
import { newId } from '../ids.ts';
import { checked } from './checked.ts';
import { newItemSchema } from './client-events.ts';
import type { Conversation, Entry } from './conversation.ts';
import type { Item } from './wire.ts';

/**
 * An item a client created, completed with what the server adds.
 *
 * @throws {RequestError} when a field is missing or a part does not belong to the role
 */
export function createdEntry(value: Record<string, unknown>, conversation: Conversation): Entry {
  const item = checked(newItemSchema, value, 'item');
  const id = item.id ?? newId('item');
  if (item.type === 'function_call_output') {
    const isKnown = conversation.entries.some(
      ({ item: other }) => other.type === 'function_call' && other.call_id === item.call_id,
    );
    if (!isKnown) {
      throw new RequestError(`Tool call ID '${item.call_id}' not found in conversation.`, {
        code: 'invalid_tool_call_id',
        param: 'item.call_id',
      });
    }
  }
  if (item.type === 'message') {
    item.content.forEach((part, index) => {
      checkPart(item.role, part, `item.content[${index}]`);
    });
  }
  if (item.type === 'function_call') item.call_id ??= newId('call');
  return { item: { ...item, id, status: 'completed' } as Item, audioMs: 0 };
}

type Part = { type: string; text?: string | undefined; audio?: string | undefined };

const ALLOWED = {
  user: ['input_text', 'input_audio', 'input_image'],
  assistant: ['output_text'],
  system: ['input_text'],
} as const;

function checkPart(role: 'user' | 'assistant' | 'system', part: Part, param: string): void {
  const needs = part.type === 'input_audio' ? 'audio' : 'text';
  // Assistant speech cannot be put back, only its text.
  const isAllowed =
    ALLOWED[role].some((type) => type === part.type) ||
    (role === 'assistant' && part.type === 'output_audio');
  if (!isAllowed) {
    throw new RequestError(
      `Invalid value: '${part.type}'. Supported values are: ${ALLOWED[role].map((type) => `'${type}'`).join(', ')}.`,
      { code: 'invalid_value', param: `${param}.type` },
    );
  }
  if (part.type !== 'input_image' && part[needs] === undefined) {
    throw new RequestError(`Missing required parameter: '${param}.${needs}'.`, {
      code: 'missing_required_parameter',
      param: `${param}.${needs}`,
    });
  }
}

/** The `input` of a response that does not read the conversation; it may refer to items of it. */
export function inputEntries(input: readonly Record<string, unknown>[], conversation: Conversation): Entry[] {
  return input.map((value, index) => {
    if (value.type !== 'item_reference') {
      const item = checked(newItemSchema, value, `response.input[${index}]`);
      return { item: { ...item, id: item.id ?? newId('item') } as Item, audioMs: 0 };
    }
    const entry = conversation.find(String(value.id));
    if (entry) return entry;
    throw new RequestError(`Item with id '${String(value.id)}' not found.`, {
      code: 'item_not_found',
      param: `response.input[${index}].id`,
    });
  });
}

/** An item with audio in it, whose words nobody has yet made up. */
export function isUnheardSpeech({ item, words }: Entry): boolean {
  if (words !== undefined || item.type !== 'message' || item.role !== 'user') return false;
  return item.content.some((part) => part.type === 'input_audio' && !part.transcript);
}
