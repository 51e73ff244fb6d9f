import { newId, obfuscation } from '../ids.ts';
import { type DeliveryOptions, type Step, stepsOf } from '../speech/delivery.ts';
import { type Clip, sentencesOf } from '../speech/voice.ts';
import type { WheelTimer } from '../timer-wheel.ts';
import type { Entry } from './conversation.ts';
import { announceItem, closeItem, type Output, type OutputContext } from './output.ts';
import { outputAudioTokens, textTokens } from './usage.ts';
import type { AssistantItem } from './wire.ts';

/** What is due so soon goes out with what is due now, in one system call. */
const NEARLY_DUE_MS = 5;

/**
 * A spoken answer. Its sentences are synthesised one after the other; each is sent as soon as it is
 * there and its time has come, transcript and audio interleaved.
 */
export class SpokenOutput implements Output {
  readonly entry: Entry;
  readonly #item: AssistantItem;
  readonly #context: OutputContext;
  readonly #sentences: string[];
  readonly #delivery: DeliveryOptions;
  readonly #audioPlace: string;
  #steps: Step[] = [];
  #timer: WheelTimer | undefined;
  #previous: string | null = null;
  #startedAt = 0;
  #began = false;
  #over = false;
  #sentencesReady = 0;
  #readyMs = 0;
  #lastWordMs = 0;
  #transcript = '';

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
    this.#sentences = sentencesOf(text);
    const { script, speaker } = context;
    const { min, max } = script.transcriptLeadMs;
    this.#delivery = {
      format: speaker.format.type,
      deltaMs: script.audioDeltaMs,
      leadMs: min + Math.random() * (max - min),
      jitterMs: script.leadJitterMs,
    };
    this.#audioPlace = `"response_id":"${context.responseId}","item_id":"${this.#item.id}","output_index":${context.outputIndex},"content_index":0,`;
    context.record.text = this.#sentences.join(' ');
    context.record.itemId = this.#item.id;
    // Synthesis runs during the model's thinking time.
    this.#nextSentence();
  }

  begin(): void {
    const { socket } = this.#context;
    announceItem(this.#context, this.entry);
    this.#previous = this.#context.previousOf(this.#item.id);
    socket.send({
      type: 'response.content_part.added',
      ...this.#place(),
      part: { type: 'audio', transcript: '' },
    });
    // From here on the item is audio, and can be truncated once some has been sent.
    this.#item.content = [{ type: 'output_audio', transcript: '' }];
    this.#began = true;
    this.#startedAt = performance.now();
    this.#advance();
  }

  finish(status: 'completed' | 'incomplete'): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    if (!this.#began) return;
    const { socket, record } = this.#context;
    const part = { type: 'audio', transcript: this.#transcript } as const;
    this.#item.status = status;
    this.#item.content = [{ type: 'output_audio', transcript: this.#transcript }];
    record.sentTranscript = this.#transcript;
    const audioDone = () => socket.send({ type: 'response.output_audio.done', ...this.#place() });
    const transcriptDone = () =>
      socket.send({
        type: 'response.output_audio_transcript.done',
        ...this.#place(),
        transcript: this.#transcript,
      });
    if (this.#context.reorders('transcript-done-first')) {
      transcriptDone();
      audioDone();
    } else {
      audioDone();
      transcriptDone();
    }
    socket.send({ type: 'response.content_part.done', ...this.#place(), part });
    closeItem(this.#context, structuredClone(this.#item), this.#previous);
  }

  tokens(): { text: number; audio: number } {
    return { text: textTokens(this.#transcript), audio: outputAudioTokens(this.entry.audioMs) };
  }

  #place() {
    return {
      response_id: this.#context.responseId,
      item_id: this.#item.id,
      output_index: this.#context.outputIndex,
      content_index: 0,
    };
  }

  #nextSentence(): void {
    const { voice, speaker } = this.#context;
    const text = this.#sentences[this.#sentencesReady];
    if (text === undefined || this.#over) return;
    // Without a promise when it is known: most answers of a load test are.
    const known = voice.cached(text, speaker.voice, speaker.speed);
    if (known) {
      this.#append(known);
      return;
    }
    voice.say(text, speaker.voice, speaker.speed).then(
      (clip) => this.#append(clip),
      () => {
        if (!this.#over) this.#context.ended('failed');
      },
    );
  }

  #append(clip: Clip): void {
    if (this.#over) return;
    const isFirst = this.#sentencesReady === 0;
    const steps = stepsOf(clip, this.#readyMs, this.#lastWordMs, isFirst, this.#delivery);
    const wasEmpty = this.#steps.length === 0;
    this.#steps = wasEmpty ? steps : [...this.#steps, ...steps].sort((a, b) => a.atMs - b.atMs);
    this.#lastWordMs = steps.findLast((step) => 'words' in step)?.atMs ?? this.#lastWordMs;
    this.#context.record.sentences.push({ words: clip.words, offsetMs: this.#readyMs });
    // Synthesis that came late moves everything after it.
    const plannedAt = this.#startedAt + this.#readyMs / this.#context.script.speedUp;
    if (this.#began && wasEmpty && performance.now() > plannedAt) {
      this.#startedAt += performance.now() - plannedAt;
    }
    this.#readyMs += clip.durationMs;
    this.#context.record.totalAudioMs = this.#readyMs;
    this.#sentencesReady++;
    this.#nextSentence();
    if (this.#began && wasEmpty) this.#advance();
  }

  /** Sends all that is due and sets the timer for what comes next. */
  #advance(): void {
    this.#timer?.cancel();
    const { script, wheel } = this.#context;
    let sent = 0;
    for (const step of this.#steps) {
      if (this.#over) return;
      const dueAt = this.#startedAt + step.atMs / script.speedUp;
      const wait = dueAt - performance.now();
      if (wait > NEARLY_DUE_MS) {
        this.#steps.splice(0, sent);
        this.#timer = wheel.schedule(wait, () => this.#advance());
        return;
      }
      this.#send(step);
      sent++;
    }
    this.#steps = [];
    if (this.#sentencesReady === this.#sentences.length && !this.#over) this.#context.ended('completed');
  }

  #send(step: Step): void {
    const { socket, record } = this.#context;
    if ('audio' in step) {
      socket.sendAudio(this.#audioPlace, step.audio.tail);
      record.firstAudioAt ??= Date.now();
      this.entry.audioMs += step.audio.durationMs;
      record.sentAudioMs = this.entry.audioMs;
      if (this.entry.audioMs >= this.#context.failAfterAudioMs) this.#context.ended('failed');
    } else {
      this.#transcript += step.words;
      socket.send({
        type: 'response.output_audio_transcript.delta',
        ...this.#place(),
        delta: step.words,
        obfuscation: obfuscation(),
      });
    }
    const { text, audio } = this.tokens();
    if (!this.#over && text + audio >= this.#context.maxTokens) this.#context.ended('max_output_tokens');
  }
}
