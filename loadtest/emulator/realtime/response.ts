import type { FaultOf, Reordering } from '../faults.ts';
import { newId } from '../ids.ts';
import type { Report, ResponseRecord } from '../report.ts';
import { draw, type Script } from '../script.ts';
import type { Voice } from '../speech/voice.ts';
import type { VoiceName } from '../speech/voices.ts';
import type { TimerWheel, WheelTimer } from '../timer-wheel.ts';
import { CallOutput } from './call-output.ts';
import type { Conversation } from './conversation.ts';
import type { EventSocket } from './event-socket.ts';
import type { Decision } from './model.ts';
import type { Output, OutputContext } from './output.ts';
import type { ResponseOptions } from './session-config.ts';
import { SpokenOutput } from './spoken-output.ts';
import { type InputTokens, usageOf } from './usage.ts';
import type { AudioFormat, Modality, Session, WireResponse } from './wire.ts';
import { WrittenOutput } from './written-output.ts';

/** Why a response ended before its end. */
export type CancelReason = 'turn_detected' | 'client_cancelled';

/** What a response needs of its session. */
export interface ResponseHost {
  session: Session;
  socket: EventSocket;
  wheel: TimerWheel;
  voice: Voice;
  conversation: Conversation;
  report: Report;
  script: Script;
  input: InputTokens;
  earlierInput: InputTokens;
  reorders: (what: Reordering) => boolean;
  failure: FaultOf<'fail-response'> | undefined;
  finished: (response: Response) => void;
}

/** One response, from `response.created` to `response.done`. */
export class Response {
  readonly id = newId('resp');
  /** Whether it writes the default conversation; only one such may run. */
  readonly writesConversation: boolean;
  readonly record: ResponseRecord;
  readonly #host: ResponseHost;
  readonly #wire: WireResponse;
  readonly #output: Output;
  #timer: WheelTimer | undefined;
  #began = false;
  #over = false;

  constructor(host: ResponseHost, options: ResponseOptions, decision: Decision) {
    this.#host = host;
    this.writesConversation = options.conversation !== 'none';
    this.record = host.report.open(this.id, host.session.id);
    const output = host.session.audio.output;
    const format = (options.audio?.output?.format ?? output.format) as AudioFormat;
    const asked = options.audio?.output?.voice;
    const voice = typeof asked === 'object' ? 'alloy' : (asked ?? output.voice);
    const maxTokens = options.max_output_tokens ?? host.session.max_output_tokens;
    const modalities = (options.output_modalities ?? host.session.output_modalities) as Modality[];
    this.#wire = {
      object: 'realtime.response',
      id: this.id,
      status: 'in_progress',
      status_details: null,
      output: [],
      conversation_id: this.writesConversation ? host.conversation.id : null,
      output_modalities: modalities,
      max_output_tokens: maxTokens,
      audio: { output: { format, voice } },
      usage: null,
      metadata: options.metadata ?? null,
    };
    const limit = maxTokens === 'inf' ? Number.POSITIVE_INFINITY : maxTokens;
    this.#output = this.#newOutput(decision, modalities, this.#context(voice, format, limit));
  }

  /** Audio sent so far, ms. */
  get sentAudioMs(): number {
    return this.#output.entry.audioMs;
  }

  /** What it had read when it began. */
  get input(): InputTokens {
    return this.#host.input;
  }

  start(): void {
    this.#host.socket.send({ type: 'response.created', response: { ...this.#wire } });
    this.#timer = this.#host.wheel.schedule(draw(this.#host.script.firstAudioMs), () => {
      if (this.#host.failure?.afterAudioMs === 0) {
        this.#end('failed');
        return;
      }
      this.#began = true;
      this.#host.report.itemOpened(this.record, this.#output.entry.item.id);
      this.#output.begin();
    });
  }

  /** Ends it now, with the `*.done` events of whatever was begun. */
  cancel(reason: CancelReason): void {
    if (this.#over) return;
    this.record.cancelledAt = Date.now();
    this.record.cancelReason = reason;
    this.#end(reason);
  }

  /** Forgets it without a word: the socket is gone. */
  abandon(): void {
    this.#over = true;
    this.record.status = 'abandoned';
    this.record.doneAt = Date.now();
    this.#timer?.cancel();
    this.#output.finish('incomplete');
  }

  #newOutput(decision: Decision, modalities: readonly Modality[], context: OutputContext): Output {
    if (decision.kind === 'call') return new CallOutput(context, decision.name, decision.args);
    if (modalities[0] === 'text') return new WrittenOutput(context, decision.text);
    return new SpokenOutput(context, decision.text);
  }

  #context(voice: VoiceName, format: AudioFormat, maxTokens: number): OutputContext {
    const { conversation, socket, wheel, script, failure, session } = this.#host;
    return {
      responseId: this.id,
      outputIndex: 0,
      socket,
      wheel,
      voice: this.#host.voice,
      script,
      record: this.record,
      speaker: { voice, format, speed: session.audio.output.speed },
      maxTokens,
      reorders: this.#host.reorders,
      failAfterAudioMs: failure?.afterAudioMs ?? Number.POSITIVE_INFINITY,
      join: this.writesConversation ? (entry) => void conversation.insert(entry) : null,
      previousOf: (itemId) => conversation.previousOf(itemId),
      ended: (how) => this.#end(how),
    };
  }

  #end(how: 'completed' | 'max_output_tokens' | 'failed' | CancelReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#output.finish(how === 'completed' ? 'completed' : 'incomplete');
    const wire = this.#wire;
    if (this.#began) wire.output = [structuredClone(this.#output.entry.item)];
    wire.usage = usageOf(this.#host.input, this.#host.earlierInput, this.#output.tokens());
    if (how === 'completed') wire.status = 'completed';
    else if (how === 'max_output_tokens') {
      wire.status = 'incomplete';
      wire.status_details = { type: 'incomplete', reason: how };
    } else if (how === 'failed') {
      const { code, message } = this.#host.failure ?? { code: 'server_error', message: 'The speech failed.' };
      wire.status = 'failed';
      wire.status_details = { type: 'failed', error: { type: 'server_error', code, message } };
    } else {
      wire.status = 'cancelled';
      wire.status_details = { type: 'cancelled', reason: how };
    }
    this.record.status = wire.status;
    this.record.doneAt = Date.now();
    const done = () => this.#host.socket.send({ type: 'response.done', response: wire });
    if (this.#host.reorders('rate-limits-first')) {
      this.#sendRateLimits();
      done();
    } else {
      done();
      this.#sendRateLimits();
    }
    this.#host.finished(this);
  }

  #sendRateLimits(): void {
    const limit = 40_000;
    const used = Math.min(limit, this.#wire.usage?.total_tokens ?? 0);
    const left = this.#host.script.tokensLeft ?? {
      limit,
      remaining: limit - used,
      reset_seconds: Math.round((used / limit) * 60_000) / 1000,
    };
    this.#host.socket.send({ type: 'rate_limits.updated', rate_limits: [{ name: 'tokens', ...left }] });
  }
}
