import { type ErrorId, errorSpec } from '@vjj/shared/errors.ts';
import { encodeClose, FrameKind } from '@vjj/shared/link/frames.ts';
import { soundMsOf } from '@vjj/shared/link/sound-of-frame.ts';
import type { AudioEncoding, Lane, ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import { audioMessage, binaryAudio } from './audio-message.ts';
import { SentMessages } from './sent-messages.ts';

/** The way to a caller: one client connection on the link of one gateway. */
export interface Route {
  send(kind: FrameKind, number: number, payload: Buffer | string): void;
  /** Nothing more comes or goes this way. */
  end(): void;
}

/**
 * Encodes what a caller is told, once; the gateway only copies it. Every message gets the next `seq`, and is kept for
 * a while: without a way to the caller it waits for one, and what was lost on the old way is sent again on the new.
 */
export class CallerOutput {
  readonly #sent = new SentMessages();
  #route: Route | undefined;
  encoding: AudioEncoding = 'json';
  /** Told of each error before the caller is. */
  onError: (id: ErrorId) => void = () => undefined;
  /** Told of the audio that leaves. */
  onAudio: (pcm: Buffer, lane: Lane, answer: number) => void = () => undefined;
  #seq = 0;
  #soundMs = 0;

  constructor(route: Route) {
    this.#route = route;
  }

  get lastSeq(): number {
    return this.#seq;
  }

  get route(): Route | undefined {
    return this.#route;
  }

  /** How much sound has gone over the client connection there is, or was last. */
  get soundMs(): number {
    return this.#soundMs;
  }

  /** The next message is the one after that. @param soundMs what has come over the client connection */
  startAfter(seq: number, soundMs = 0): void {
    this.#seq = Math.max(this.#seq, seq);
    this.#soundMs = soundMs;
  }

  /** The caller comes over another way from now on. @param soundMs what has come over this client connection before */
  reroute(route: Route, soundMs: number): void {
    this.#route = route;
    this.#soundMs = soundMs;
  }

  /** The caller is lost, for the time being. */
  loseRoute(): void {
    this.#route = undefined;
  }

  /** The caller has that message, and all before it. */
  acknowledged(seq: number): void {
    this.#sent.acknowledged(seq);
  }

  /**
   * Sends again what the caller has not received.
   * @returns how many messages are not there any more
   */
  repeatAfter(seq: number, announce: (lost: number) => void): void {
    const missed = this.#sent.after(seq);
    announce(Math.max(0, this.#seq - seq - missed.length));
    for (const { kind, seq: number, payload } of missed) this.#leave(kind, number, payload);
  }

  message(body: ServerMessageBody): void {
    const seq = ++this.#seq;
    this.#send(FrameKind.text, seq, Buffer.from(JSON.stringify({ ...body, timestamp: Date.now(), seq })));
  }

  /** A message about the connection, which is no part of the call: it repeats the number the caller has, and is not kept. */
  aside(body: ServerMessageBody, seq: number): void {
    this.#route?.send(FrameKind.text, seq, JSON.stringify({ ...body, timestamp: Date.now(), seq }));
  }

  /** @param answer number of the answer this audio belongs to */
  audio(pcm: Buffer, lane: Lane, answer: number): void {
    this.onAudio(pcm, lane, answer);
    const seq = ++this.#seq;
    if (this.encoding === 'binary') this.#send(FrameKind.audio, seq, binaryAudio(pcm, { lane, answer, seq }));
    else this.#send(FrameKind.textAudio, seq, audioMessage(pcm, lane, seq));
  }

  error(id: ErrorId, detail?: string): void {
    this.onError(id);
    this.message(errorMessage(id, detail));
  }

  /** Client frames up to that one need not be kept for another worker. */
  acknowledge(frame: number): void {
    this.#route?.send(FrameKind.ack, frame, '');
  }

  close(code: number, reason: string): void {
    this.#route?.send(FrameKind.close, 0, encodeClose(code, reason));
    this.#route?.end();
    this.#route = undefined;
  }

  #send(kind: FrameKind, seq: number, payload: Buffer): void {
    this.#sent.push({ kind, seq, payload });
    this.#leave(kind, seq, payload);
  }

  #leave(kind: FrameKind, seq: number, payload: Buffer): void {
    if (this.#route === undefined) return;
    if (kind !== FrameKind.text) this.#soundMs += soundMsOf(payload.length, kind === FrameKind.audio);
    this.#route.send(kind, seq, payload);
  }
}

/** Tells a client why it is not served, and ends its connection. */
export function refuse(route: Route, id: ErrorId, seq: number): void {
  const text = JSON.stringify({ ...errorMessage(id), timestamp: Date.now(), seq });
  route.send(FrameKind.text, seq, text);
  route.send(FrameKind.close, 0, encodeClose(errorSpec(id).close ?? 1011, id));
  route.end();
}

/** The gateway is to find out who has the session; the client is told nothing. */
export function sendOn(route: Route): void {
  route.send(FrameKind.close, 0, encodeClose(errorSpec('WORKER_LOST').close ?? 1011, 'WORKER_LOST'));
  route.end();
}

function errorMessage(id: ErrorId, detail?: string): ServerMessageBody {
  const { text, retry } = errorSpec(id);
  return {
    type: 'error',
    error: detail === undefined ? text : `${text} (${detail})`,
    code: id,
    retryable: retry,
  };
}
