import { newId, obfuscation } from '../ids.ts';
import type { WheelTimer } from '../timer-wheel.ts';
import type { Entry } from './conversation.ts';
import { announceItem, closeItem, type Output, type OutputContext } from './output.ts';
import { textTokens } from './usage.ts';
import type { AssistantItem } from './wire.ts';

/** Written words come at this distance, ms. */
const WORD_MS = 10;

/** An answer in text (`output_modalities: ['text']`). */
export class WrittenOutput implements Output {
  readonly entry: Entry;
  readonly #item: AssistantItem;
  readonly #context: OutputContext;
  readonly #words: string[];
  #sent = 0;
  #text = '';
  #began = false;
  #over = false;
  #previous: string | null = null;
  #timer: WheelTimer | undefined;

  constructor(context: OutputContext, text: string) {
    this.#context = context;
    this.#item = {
      id: newId('item'),
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    };
    this.entry = { item: this.#item, audioMs: 0 };
    this.#words = text.match(/\s*\S+/g) ?? [];
    context.record.text = text;
    context.record.itemId = this.#item.id;
  }

  begin(): void {
    announceItem(this.#context, this.entry);
    this.#previous = this.#context.previousOf(this.#item.id);
    this.#context.socket.send({
      type: 'response.content_part.added',
      ...this.#place(),
      part: { type: 'text', text: '' },
    });
    this.#began = true;
    this.#next();
  }

  finish(status: 'completed' | 'incomplete'): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    if (!this.#began) return;
    const { socket, record } = this.#context;
    this.#item.status = status;
    this.#item.content = [{ type: 'output_text', text: this.#text }];
    record.sentTranscript = this.#text;
    socket.send({ type: 'response.output_text.done', ...this.#place(), text: this.#text });
    socket.send({
      type: 'response.content_part.done',
      ...this.#place(),
      part: { type: 'text', text: this.#text },
    });
    closeItem(this.#context, structuredClone(this.#item), this.#previous);
  }

  tokens(): { text: number; audio: number } {
    return { text: textTokens(this.#text), audio: 0 };
  }

  #place() {
    return {
      response_id: this.#context.responseId,
      item_id: this.#item.id,
      output_index: this.#context.outputIndex,
      content_index: 0,
    };
  }

  #next(): void {
    const word = this.#words[this.#sent];
    if (word === undefined) {
      this.#context.ended('completed');
      return;
    }
    this.#sent++;
    this.#text += word;
    this.#context.socket.send({
      type: 'response.output_text.delta',
      ...this.#place(),
      delta: word,
      obfuscation: obfuscation(),
    });
    if (this.tokens().text >= this.#context.maxTokens) this.#context.ended('max_output_tokens');
    else this.#timer = this.#context.wheel.schedule(WORD_MS, () => this.#next());
  }
}
