import { connect, type TcpNetConnectOpts } from 'node:net';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type {
  RealtimeClientEvent,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';
import type { ClientOptions } from 'ws';
import type { SessionPatch } from '../script.ts';

/** The package always asks for TLS; the socket underneath is plain, as the emulator's is. */
export const plainSocket: ClientOptions = {
  createConnection: ((to: TcpNetConnectOpts) =>
    connect({ host: to.host ?? 'localhost', port: to.port })) as unknown as NonNullable<
    ClientOptions['createConnection']
  >,
};

export function openaiFor(url: string, apiKey = 'sk-test'): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
}

type Typed<T extends RealtimeServerEvent['type']> = Extract<RealtimeServerEvent, { type: T }>;

/** The `openai` package's Realtime client, remembering what it received. */
export class TestSession {
  readonly realtime: OpenAIRealtimeWS;
  readonly events: RealtimeServerEvent[] = [];
  /** How the socket was closed, once it is. */
  readonly closed: Promise<{ code: number; reason: string }>;
  #read = 0;
  #wake: () => void = () => {};

  constructor(url: string, patch: SessionPatch = {}, options: ClientOptions = {}) {
    const model = `gpt-realtime-2.1[emulator:${JSON.stringify(patch)}]`;
    this.realtime = new OpenAIRealtimeWS({ model, options: { ...plainSocket, ...options } }, openaiFor(url));
    this.realtime.on('error', () => {});
    this.realtime.on('event', (event) => {
      this.events.push(event);
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      this.realtime.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#wake();
      });
    });
  }

  send(event: RealtimeClientEvent | Record<string, unknown>): void {
    this.realtime.send(event as RealtimeClientEvent);
  }

  /** The next event of a type that has not been waited for yet; those before it are passed over. */
  async next<T extends RealtimeServerEvent['type']>(type: T): Promise<Typed<T>> {
    for (;;) {
      while (this.#read < this.events.length) {
        const event = this.events[this.#read++];
        if (event?.type === type) return event as Typed<T>;
      }
      if (this.realtime.socket.readyState === WebSocket.CLOSED) {
        throw new Error(`closed while waiting for ${type}; received ${this.types().join(' ')}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Everything so far, by type, runs of the same type once. */
  types(): string[] {
    return this.events.map((event) => event.type).filter((type, index, all) => type !== all[index - 1]);
  }

  async update(session: Omit<RealtimeSessionCreateRequest, 'type'>): Promise<void> {
    this.send({ type: 'session.update', session: { type: 'realtime', ...session } });
    await this.next('session.updated');
  }

  /** Says something by keyboard. */
  type(text: string): void {
    this.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
  }

  /** Sends audio in pieces of 20 ms, as a microphone would, but at once. */
  speak(pcm: Buffer): void {
    const piece = 20 * 48;
    for (let at = 0; at < pcm.length; at += piece) {
      this.send({
        type: 'input_audio_buffer.append',
        audio: pcm.subarray(at, at + piece).toString('base64'),
      });
    }
  }

  close(): void {
    this.realtime.close();
  }
}

/** Silence, mono PCM16 at 24 kHz. */
export function silence(ms: number): Buffer {
  return Buffer.alloc(ms * 48);
}

/** A voice saying something, as the emulator's own speech route gives it. */
export async function recording(url: string, text: string): Promise<Buffer> {
  const response = await openaiFor(url).audio.speech.create({
    model: 'gpt-4o-mini-tts',
    voice: 'cedar',
    input: text,
    response_format: 'pcm',
  });
  return Buffer.from(await response.arrayBuffer());
}

/** Puts something under `/emulator` and gives the answer. */
export async function control(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}/emulator/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}
