import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { frameAt, Opcode, WireFrame } from './wire-frame.ts';

export interface LeanSocketListener {
  onOpen(): void;
  /** @param data of use until it returns */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** What went wrong; `onClosed` follows. */
  onError(what: string): void;
  /** Once. @param code of the close frame; 1006: there was none */
  onClosed(code: number): void;
}

const key = Buffer.from('the load of bench').subarray(0, 16).toString('base64');
/** RFC 6455, section 4.2.2. */
const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
const headEnd = Buffer.from('\r\n\r\n');
/** RFC 6455, section 7.4.1: said by nobody, only told. */
const noCloseFrame = 1006;
const noCode = 1005;
const normal = 1000;
/** All sockets read into it: each has dealt with what came before the next one reads. */
const shared = Buffer.allocUnsafe(256 * 1024);

/**
 * The client's end of a WebSocket, as far as a load driver needs it: `ws:`, no extensions, no fragments, frames encoded once
 * for all callers. With the `ws` library a driver takes as much of the machine as what it measures.
 */
export class LeanSocket {
  readonly #socket: Socket;
  readonly #listener: LeanSocketListener;
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';
  #code = noCloseFrame;
  /** The beginning of what has not come whole yet. */
  #rest: Buffer | undefined;

  /** @param url `ws://host:port/path` */
  constructor(url: string, listener: LeanSocketListener) {
    this.#listener = listener;
    const { hostname, port, host, pathname, search } = new URL(url);
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: shared, callback: (length) => this.#read(length) },
    });
    this.#socket.on('error', (error) => this.#failed(error.message));
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#closed());
    this.#socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
  }

  /** Sends a frame of `wire-frame.ts`. @returns false: it has not left yet, and its bytes must not be changed */
  send(frame: Buffer): boolean {
    if (this.#state === 'open') this.#socket.write(frame);
    return this.#socket.writableLength === 0;
  }

  /** The other end closes the connection then. */
  close(code: number): void {
    if (this.#state === 'connecting') this.#socket.destroy();
    if (this.#state !== 'open') return;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.send(new WireFrame(Opcode.close, payload).bytes);
    this.#state = 'closing';
  }

  terminate(): void {
    this.#socket.destroy();
  }

  #read(length: number): boolean {
    const bytes =
      this.#rest === undefined
        ? shared.subarray(0, length)
        : Buffer.concat([this.#rest, shared.subarray(0, length)]);
    this.#rest = undefined;
    try {
      const at = this.#state === 'connecting' ? this.#readHead(bytes) : 0;
      const rest = at === undefined ? 0 : this.#readFrames(bytes, at);
      if (rest < bytes.length) this.#rest = Buffer.from(bytes.subarray(rest));
    } catch (error) {
      this.#failed((error as Error).message);
      this.#socket.destroy();
    }
    return true;
  }

  /** @returns where frames begin; undefined: the answer has not come whole yet. @throws when it is none of a WebSocket */
  #readHead(bytes: Buffer): number | undefined {
    const end = bytes.indexOf(headEnd);
    if (end === -1) return undefined;
    const [status = '', ...headers] = bytes.toString('latin1', 0, end).split('\r\n');
    if (!/^HTTP\/1\.1 101\b/.test(status)) throw new Error(`Unexpected server response: ${status}`);
    if (!headers.some((line) => /^sec-websocket-accept: */i.test(line) && line.endsWith(accept)))
      throw new Error('Invalid Sec-WebSocket-Accept header');
    this.#state = 'open';
    this.#listener.onOpen();
    return end + headEnd.length;
  }

  /** @returns where the frame begins that has not come whole yet */
  #readFrames(bytes: Buffer, from: number): number {
    let at = from;
    for (let frame = frameAt(bytes, at, bytes.length); frame; frame = frameAt(bytes, at, bytes.length)) {
      this.#onFrame(frame.opcode, bytes.subarray(frame.from, frame.to));
      at = frame.to;
    }
    return at;
  }

  #onFrame(opcode: Opcode, payload: Buffer): void {
    switch (opcode) {
      case Opcode.text:
      case Opcode.binary:
        this.#listener.onMessage(payload, opcode === Opcode.binary);
        break;
      case Opcode.ping:
        this.send(new WireFrame(Opcode.pong, payload).bytes);
        break;
      case Opcode.close:
        this.#code = payload.length < 2 ? noCode : payload.readUInt16BE(0);
        this.close(this.#code === noCode ? normal : this.#code);
        this.#socket.end();
        break;
      default:
        break;
    }
  }

  #failed(what: string): void {
    if (this.#state !== 'closed') this.#listener.onError(what);
  }

  #closed(): void {
    this.#state = 'closed';
    this.#listener.onClosed(this.#code);
  }
}
