import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientMessage, ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import { type WebSocket, WebSocketServer } from 'ws';

type MessageOf<Type extends ClientMessage['type']> = ClientMessage & { type: Type };

/** The server's end of one connection; the test speaks for it. */
export class Peer {
  readonly url: URL;
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #received: (ClientMessage | Buffer)[] = [];
  #wake: () => void = () => {};

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.#socket = socket;
    this.url = new URL(request.url ?? '/', 'ws://server');
    this.closed = once(socket, 'close').then(([code]) => code as number);
    socket.on('message', (data: Buffer, isBinary) => {
      this.#received.push(isBinary ? data : (JSON.parse(data.toString()) as ClientMessage));
      this.#wake();
    });
  }

  say(seq: number, body: ServerMessageBody): void {
    this.#socket.send(JSON.stringify({ ...body, timestamp: 0, seq }));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** Breaks the connection, as a lost network does. */
  break(): void {
    this.#socket.terminate();
  }

  /** The next message of that type; those before it are skipped. */
  hears<Type extends ClientMessage['type']>(type: Type): Promise<MessageOf<Type>> {
    return this.#next((item): item is MessageOf<Type> => 'type' in item && item.type === type);
  }

  /** The next binary frame. */
  hearsBytes(): Promise<Buffer> {
    return this.#next((item): item is Buffer => item instanceof Buffer);
  }

  /** The next message or frame, whatever it is. */
  hearsAny(): Promise<ClientMessage | Buffer> {
    return this.#next((item): item is ClientMessage | Buffer => item !== undefined);
  }

  async #next<Item extends ClientMessage | Buffer>(
    isWanted: (item: ClientMessage | Buffer) => item is Item,
  ): Promise<Item> {
    for (;;) {
      const item = this.#received.shift();
      if (item === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if (isWanted(item)) return item;
    }
  }
}

/** A real WebSocket server on a free port, whose lines a test speaks. */
export class ScriptedServer {
  /** What `GET /ready` answers, and whether upgrades are refused with 503. */
  unready: { code: string; text: string }[] | undefined;

  readonly #http = createServer((_request, response) => {
    response.writeHead(this.unready === undefined ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ready: this.unready === undefined, reasons: this.unready ?? [] }));
  });
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #peers: Peer[] = [];
  #wake: () => void = () => {};

  async listen(): Promise<this> {
    this.#http.on('upgrade', (request, socket, head) => {
      if (this.unready !== undefined) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        this.#peers.push(new Peer(client, request));
        this.#wake();
      });
    });
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    return this;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/ws`;
  }

  /** The next connection. */
  async accepts(): Promise<Peer> {
    for (;;) {
      const peer = this.#peers.shift();
      if (peer !== undefined) return peer;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }
}
