import { randomUUID } from 'node:crypto';
import type { Pin } from '@vjj/shared/control/pins.ts';
import { type ErrorId, errorSpec } from '@vjj/shared/errors.ts';
import { encodeClose } from '@vjj/shared/link/frames.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { ServerMessage } from '@vjj/shared/protocol/messages.ts';
import type { WebSocket } from 'ws';
import { Limits } from './limits.ts';
import type { Stream, WorkerLink } from './worker-link.ts';

/** Above this unsent, audio for this client is dropped; it could only come too late. */
const dropAudioAboveBytes = 512 * 1024;
/** Above this, what was dropped meanwhile included, the client does not read, and is let go. */
const maxUnsentBytes = 1024 * 1024;
/** A client that does not answer our close frame is cut off after this. */
const closeGraceMs = 2000;
/** A close reason has room for 123 bytes. */
const maxReasonChars = 120;

/** One client connection: bytes up, bytes down, and the limits it must keep. It reads no message. */
export class Caller implements Stream {
  readonly session: string;
  readonly #socket: WebSocket;
  readonly #link: WorkerLink;
  readonly #log: Logger;
  readonly #onGone: (caller: Caller) => void;
  readonly #stream: number;
  readonly #limits = new Limits(performance.now());
  #frames = 0;
  #lastSeq = 0;
  #droppedFrames = 0;
  /** Dropped since the client last had read most of what it was sent. */
  #droppedBytes = 0;
  #unansweredPings = 0;
  #isOver = false;

  constructor(
    socket: WebSocket,
    session: string,
    pin: Pin,
    link: WorkerLink,
    log: Logger,
    onGone: (caller: Caller) => void,
  ) {
    this.session = session;
    this.#socket = socket;
    this.#link = link;
    this.#log = log;
    this.#onGone = onGone;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#onFrame(data, isBinary));
    socket.on('pong', () => {
      this.#unansweredPings = 0;
    });
    socket.on('error', (error) => this.#onSocketError(error));
    socket.on('close', (code) => this.#onSocketClosed(code));
    this.#stream = link.openStream({ session, epoch: pin.epoch, connection: randomUUID() }, this);
  }

  onMessage(payload: Buffer, isBinary: boolean, isDroppable: boolean, seq: number): void {
    this.#lastSeq = seq;
    const unsent = this.#socket.bufferedAmount;
    if (unsent <= dropAudioAboveBytes) this.#droppedBytes = 0;
    if (unsent + this.#droppedBytes > maxUnsentBytes) {
      this.end('SLOW_CONSUMER');
      return;
    }
    if (isDroppable && unsent > dropAudioAboveBytes) {
      this.#droppedFrames++;
      this.#droppedBytes += payload.length;
      return;
    }
    // The view on the link's buffer stays valid: the socket keeps it alive until it is written.
    this.#socket.send(payload, { binary: isBinary });
  }

  onClose(code: number, reason: string): void {
    this.#isOver = true;
    this.#closeSocket(code, reason);
  }

  onLost(): void {
    this.end('WORKER_LOST');
  }

  /** Tells the client why, and closes. */
  end(id: ErrorId): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const spec = errorSpec(id);
    const message: ServerMessage = {
      type: 'error',
      error: spec.text,
      code: id,
      retryable: spec.retry,
      timestamp: Date.now(),
      seq: ++this.#lastSeq,
    };
    this.#log.info({ session: this.session, code: id, droppedFrames: this.#droppedFrames }, 'closing a call');
    const code = spec.close ?? 1011;
    this.#link.closeStream(this.#stream, encodeClose(code, id));
    this.#socket.send(JSON.stringify(message));
    this.#closeSocket(code, id);
  }

  /** Sends a ping; a client that left two unanswered is gone without saying so. */
  checkAlive(): void {
    if (this.#unansweredPings >= 2) {
      this.end('NOT_ALIVE');
      return;
    }
    this.#unansweredPings++;
    this.#socket.ping();
  }

  #onFrame(data: Buffer, isBinary: boolean): void {
    if (this.#isOver) return;
    const excess = this.#limits.count(data.length, isBinary, performance.now());
    if (excess !== undefined) {
      this.end(excess);
      return;
    }
    this.#link.send(this.#stream, data, isBinary, ++this.#frames);
  }

  #closeSocket(code: number, reason: string): void {
    this.#socket.close(code, reason.slice(0, maxReasonChars));
    this.#cutSoon();
  }

  #cutSoon(): void {
    const timer = setTimeout(() => this.#socket.terminate(), closeGraceMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Bytes that are no WebSocket, or a frame beyond all limits: the WebSocket layer has sent its own close frame. */
  #onSocketError(error: Error): void {
    this.#log.info({ session: this.session, err: error.message }, 'a client broke its connection');
    this.#isOver = true;
    this.#link.closeStream(this.#stream, encodeClose(1002, 'the client broke its connection'));
    this.#cutSoon();
  }

  #onSocketClosed(code: number): void {
    this.#isOver = true;
    this.#link.closeStream(this.#stream, encodeClose(code, 'the client left'));
    this.#onGone(this);
  }
}
