import { RequestError } from '../api-error.ts';
import { newId } from '../ids.ts';
import type { Item } from './wire.ts';

/** An item and what only the server knows about it. */
export interface Entry {
  item: Item;
  /** What the user is understood to have said, for spoken items. */
  words?: string;
  /** Audio sent (assistant) or received (user), ms. */
  audioMs: number;
}

/** The items of a session in order. */
export class Conversation {
  readonly id = newId('conv');
  #entries: Entry[] = [];

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get lastId(): string | null {
    return this.#entries.at(-1)?.item.id ?? null;
  }

  find(id: string): Entry | undefined {
    return this.#entries.find((entry) => entry.item.id === id);
  }

  /**
   * Puts an entry after `previousId` (`root`: first; absent: last).
   *
   * @returns the id of the item before it
   * @throws {RequestError} when that item does not exist or the id is taken
   */
  insert(entry: Entry, previousId?: string | null): string | null {
    if (this.find(entry.item.id)) {
      throw new RequestError(`Error adding item: an item with id '${entry.item.id}' already exists.`, {
        code: 'invalid_value',
        param: 'item.id',
      });
    }
    if (previousId === undefined || previousId === null) {
      const before = this.lastId;
      this.#entries.push(entry);
      return before;
    }
    if (previousId === 'root') {
      this.#entries.unshift(entry);
      return null;
    }
    const index = this.#entries.findIndex((other) => other.item.id === previousId);
    if (index < 0) {
      throw new RequestError(`Error adding item: the previous item with id '${previousId}' does not exist.`, {
        code: 'item_create_invalid_previous_item_id',
        param: 'previous_item_id',
      });
    }
    this.#entries.splice(index + 1, 0, entry);
    return previousId;
  }

  /** The id of the item before this one. */
  previousOf(id: string): string | null {
    const index = this.#entries.findIndex((entry) => entry.item.id === id);
    return index > 0 ? (this.#entries[index - 1]?.item.id ?? null) : null;
  }

  /** @throws {RequestError} `item_retrieve_invalid_item_id` */
  retrieve(id: string): Entry {
    return this.find(id) ?? missing('retrieving', id, 'item_retrieve_invalid_item_id');
  }

  /** @throws {RequestError} `item_delete_invalid_item_id` */
  delete(id: string): void {
    if (!this.find(id)) missing('deleting', id, 'item_delete_invalid_item_id');
    this.#entries = this.#entries.filter((entry) => entry.item.id !== id);
  }

  /**
   * Cuts an assistant's spoken message. The server drops its transcript, so that the model does not
   * believe the user heard all of it.
   *
   * @throws {RequestError} when the item is unknown, is not assistant audio, or is shorter than that
   */
  truncate(id: string, contentIndex: number, audioEndMs: number): void {
    const entry = this.find(id) ?? missing('truncating', id, 'item_truncate_invalid_item_id');
    const { item } = entry;
    const part =
      item.type === 'message' && item.role === 'assistant' ? item.content[contentIndex] : undefined;
    // An answer of which nothing has been sent yet is no audio message either.
    if (part?.type !== 'output_audio' || entry.audioMs === 0) {
      throw new RequestError('Only model output audio messages can be truncated', {
        code: 'unsupported_content_type',
      });
    }
    if (audioEndMs > entry.audioMs) {
      throw new RequestError(
        `Audio content of ${Math.floor(entry.audioMs)}ms is already shorter than ${audioEndMs}ms`,
        { code: 'invalid_value' },
      );
    }
    entry.audioMs = audioEndMs;
    delete part.transcript;
  }
}

function missing(doing: string, id: string, code: string): never {
  throw new RequestError(`Error ${doing} item: the item with id '${id}' does not exist.`, {
    code,
    param: 'item_id',
  });
}
