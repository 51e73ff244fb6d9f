import { leavingCode } from './close-code.ts';
import { decodeServerFrame, type ServerFrame } from './server-frame.ts';
import { type Socket, type SocketConstructor, socketOpen } from './socket.ts';

/** A connection that says nothing for so long after it was asked for is given up, ms. */
const firstFrameTimeoutMs = 10_000;
/** The code a WebSocket reports when the connection broke without one. */
const abnormalCode = 1006;

export interface Closed {
  /** False when the server never answered the upgrade: then an HTTP status was the answer, which browsers hide. */
  opened: boolean;
  code: number;
  reason: string;
}

interface ConnectionEvents {
  onFrame(frame: ServerFrame): void;
  /** At most once, and never after `leave`. */
  onClosed(closed: Closed): void;
}

/** One WebSocket of a call, from its opening to its end; a call that reconnects makes another. */
export class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #deadline: ReturnType<typeof setTimeout>;
  #opened = false;
  #over = false;

  constructor(url: string, WebSocket: SocketConstructor, events: ConnectionEvents) {
    this.#events = events;
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#deadline = setTimeout(() => this.giveUp('the server did not answer in time'), firstFrameTimeoutMs);
    this.#socket.addEventListener('open', () => {
      this.#opened = true;
    });
    this.#socket.addEventListener('message', ({ data }) => this.#onData(data));
    this.#socket.addEventListener('close', ({ code, reason }) => this.#finish({ code, reason }));
    // A close event follows every error; without a listener the `ws` package would throw it instead.
    this.#socket.addEventListener('error', () => {});
  }

  /** Sends a frame; false when the socket cannot take it. */
  send(frame: string | Uint8Array): boolean {
    if (this.#over || this.#socket.readyState !== socketOpen) return false;
    this.#socket.send(frame as string | Uint8Array<ArrayBuffer>);
    return true;
  }

  /** Closes the socket; nothing is reported of it any more. */
  leave(code: number = leavingCode): void {
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#socket.close(code);
  }

  /** Takes it for broken: waiting for the socket to say so would take minutes. */
  giveUp(reason: string): void {
    this.#finish({ code: abnormalCode, reason });
    this.#socket.close(leavingCode);
  }

  #onData(data: unknown): void {
    if (this.#over) return;
    clearTimeout(this.#deadline);
    const frame = decodeServerFrame(data);
    if (frame !== undefined) this.#events.onFrame(frame);
  }

  #finish(close: { code: number; reason: string }): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#events.onClosed({ opened: this.#opened, ...close });
  }
}
