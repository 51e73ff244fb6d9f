import { randomBytes } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';

export const opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof opcode)[keyof typeof opcode];

export interface RawFrame {
  opcode: number;
  payload: Buffer;
}

export interface Refusal {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface UpgradeOptions {
  headers?: Record<string, string>;
}

const upgradeHeaders = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
};

/** How the server refuses an upgrade. @throws when it accepts */
export async function refusalOf(url: string, options: UpgradeOptions = {}): Promise<Refusal> {
  const answer = await upgrade(url, options);
  if (!('status' in answer)) {
    answer.socket.destroy();
    throw new Error('the upgrade was accepted');
  }
  return answer;
}

function upgrade(
  url: string,
  { headers }: UpgradeOptions,
): Promise<Refusal | { socket: Socket; head: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(url.replace(/^ws/, 'http'), { headers: { ...upgradeHeaders, ...headers } });
    asked.on('upgrade', (_response, socket: Socket, head) => resolve({ socket, head }));
    asked.on('response', async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** A client that completes the upgrade and then does only what it is told: it answers no ping and no close. */
export class RawCaller implements Disposable {
  readonly frames: RawFrame[] = [];
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  #rest: Buffer;

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#rest = head;
    this.gone = new Promise((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      this.#cut();
    });
    this.#cut();
  }

  static async open(url: string): Promise<RawCaller> {
    const answer = await upgrade(url, {});
    if ('status' in answer) throw new Error(`the upgrade was refused: ${answer.status} ${answer.body}`);
    return new RawCaller(answer.socket, answer.head);
  }

  /** The text messages received. */
  get messages(): { type: string; code?: string; sessionId?: string }[] {
    return this.frames
      .filter((frame) => frame.opcode === opcode.text)
      .map(({ payload }) => JSON.parse(payload.toString()));
  }

  /** Code and reason of the close frame received, if one was. */
  get closeFrame(): { code: number; reason: string } | undefined {
    const frame = this.frames.find((one) => one.opcode === opcode.close);
    return frame && { code: frame.payload.readUInt16BE(0), reason: frame.payload.toString('utf8', 2) };
  }

  send(message: unknown): void {
    this.frame(opcode.text, JSON.stringify(message));
  }

  /** Sends one frame; false when the operating system takes no more for now. */
  frame(kind: Opcode, payload: Buffer | string): boolean {
    const bytes = Buffer.from(payload);
    const long = bytes.length > 0xffff;
    const header = Buffer.alloc(bytes.length < 126 ? 2 : long ? 10 : 4);
    header[0] = 0x80 | kind;
    header[1] = 0x80 | (bytes.length < 126 ? bytes.length : long ? 127 : 126);
    if (header.length === 4) header.writeUInt16BE(bytes.length, 2);
    if (header.length === 10) header.writeBigUInt64BE(BigInt(bytes.length), 2);
    // A mask of zeros leaves the payload as it is.
    return this.#socket.write(Buffer.concat([header, Buffer.alloc(4), bytes]));
  }

  bytes(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Reads nothing from now on, not even the end of the connection. */
  stopReading(): void {
    this.#socket.pause();
  }

  readOn(): void {
    this.#socket.resume();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #cut(): void {
    for (;;) {
      const rest = this.#rest;
      if (rest.length < 2) return;
      const short = rest[1]! & 0x7f;
      const headerBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (rest.length < headerBytes) return;
      const length =
        short === 127 ? Number(rest.readBigUInt64BE(2)) : short === 126 ? rest.readUInt16BE(2) : short;
      if (rest.length < headerBytes + length) return;
      this.frames.push({
        opcode: rest[0]! & 0x0f,
        payload: rest.subarray(headerBytes, headerBytes + length),
      });
      this.#rest = rest.subarray(headerBytes + length);
    }
  }
}
