import { newId, obfuscation } from '../ids.ts';
import type { Entry } from './conversation.ts';
import { announceItem, closeItem, type Output, type OutputContext } from './output.ts';
import { textTokens } from './usage.ts';
import type { FunctionCallItem } from './wire.ts';

/** Characters of the arguments in one delta. */
const DELTA_CHARACTERS = 12;

/** A function call; its arguments are sent at once, in pieces. */
export class CallOutput implements Output {
  readonly entry: Entry;
  readonly #item: FunctionCallItem;
  readonly #context: OutputContext;
  readonly #arguments: string;
  #sent = '';
  #began = false;
  #over = false;
  #previous: string | null = null;

  constructor(context: OutputContext, name: string, args: Record<string, unknown>) {
    this.#context = context;
    this.#arguments = JSON.stringify(args);
    this.#item = {
      id: newId('item'),
      type: 'function_call',
      status: 'in_progress',
      name,
      call_id: newId('call'),
      arguments: '',
    };
    this.entry = { item: this.#item, audioMs: 0 };
    context.record.toolCall = { name, arguments: this.#arguments };
    context.record.itemId = this.#item.id;
  }

  begin(): void {
    announceItem(this.#context, this.entry);
    this.#previous = this.#context.previousOf(this.#item.id);
    this.#began = true;
    for (let at = 0; at < this.#arguments.length; at += DELTA_CHARACTERS) {
      const delta = this.#arguments.slice(at, at + DELTA_CHARACTERS);
      this.#sent += delta;
      this.#context.socket.send({
        type: 'response.function_call_arguments.delta',
        ...this.#place(),
        delta,
        obfuscation: obfuscation(),
      });
    }
    this.#context.ended('completed');
  }

  finish(status: 'completed' | 'incomplete'): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#began) return;
    this.#item.status = status;
    this.#item.arguments = this.#sent;
    this.#context.socket.send({
      type: 'response.function_call_arguments.done',
      ...this.#place(),
      name: this.#item.name,
      arguments: this.#sent,
    });
    closeItem(this.#context, structuredClone(this.#item), this.#previous);
  }

  tokens(): { text: number; audio: number } {
    return { text: textTokens(this.#sent), audio: 0 };
  }

  #place() {
    return {
      response_id: this.#context.responseId,
      item_id: this.#item.id,
      output_index: this.#context.outputIndex,
      call_id: this.#item.call_id ?? '',
    };
  }
}
