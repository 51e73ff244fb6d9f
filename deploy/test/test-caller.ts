import { durationMs } from '@vjj/shared/audio.ts';
import {
  type BinaryAudioHeader,
  binaryHeaderBytes,
  readBinaryHeader,
} from '@vjj/shared/protocol/binary-audio.ts';
import type {
  ClientMessage,
  Lane,
  ServerMessage,
  ServerMessageType,
  SessionStart,
} from '@vjj/shared/protocol/messages.ts';
import { tone } from './sounds.ts';

export type MessageOf<T extends ServerMessageType> = ServerMessage & { type: T };
export interface Closed {
  code: number;
  reason: string;
}

/** Long enough for a busy machine; whoever waits longer waits for something that does not come. */
const waitLimitMs = 20_000;
const frameMs = 100;

/** A caller who speaks the plain protocol, with no SDK in between, and keeps all it was sent. */
export class TestCaller implements AsyncDisposable {
  /** Text messages, in order. */
  readonly messages: ServerMessage[] = [];
  readonly binaryAudio: (BinaryAudioHeader & { pcm: Uint8Array })[] = [];
  /** Of messages and binary frames, in the order of their arrival. */
  readonly seqs: number[] = [];
  readonly closed: Promise<Closed>;
  readonly #socket: WebSocket;
  #next = 0;
  #end: Closed | undefined;
  #wake: (() => void) | undefined;

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onmessage = ({ data }) => this.#received(data);
    this.closed = new Promise((resolve) => {
      this.#socket.onclose = ({ code, reason }) => {
        this.#end = { code, reason };
        resolve(this.#end);
        this.#wake?.();
      };
    });
  }

  /** Connects; resolves at `session.ready`. */
  static async connect(url: string): Promise<TestCaller> {
    const caller = new TestCaller(url);
    await caller.next('session.ready');
    return caller;
  }

  /** Comes back to the session of a caller whose connection is gone. */
  static resume(
    url: string,
    { resumeToken, lastSeq }: Pick<TestCaller, 'resumeToken' | 'lastSeq'>,
  ): TestCaller {
    return new TestCaller(`${url}?resume=${resumeToken}&seq=${lastSeq}`);
  }

  /** Connects and starts; resolves at `provider.ready`. */
  static async started(url: string, start: Omit<SessionStart, 'type'> = {}): Promise<TestCaller> {
    const caller = await TestCaller.connect(url);
    caller.send({ type: 'session.start', ...start });
    await caller.next('provider.ready');
    return caller;
  }

  /** Of the newest greeting. */
  get resumeToken(): string {
    return this.ofType('session.ready').at(-1)?.resumeToken ?? '';
  }

  get lastSeq(): number {
    return Math.max(0, ...this.seqs);
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  get sessionId(): string | undefined {
    return this.messages.find((message) => message.type === 'session.ready')?.sessionId;
  }

  /** The worker the session was pinned to at first. */
  get worker(): string | undefined {
    return this.messages.find((message) => message.type === 'session.ready')?.worker;
  }

  /** JSON audio received so far, ms. */
  get heardMs(): number {
    return this.ofType('audio.chunk').reduce(
      (sum, { data }) => sum + durationMs(Buffer.from(data, 'base64').length),
      0,
    );
  }

  /** JSON audio of one lane received so far, ms. */
  laneMs(lane: Lane): number {
    const ofLane = this.ofType('audio.chunk').filter((chunk) => chunk.lane === lane);
    return ofLane.reduce((sum, { data }) => sum + durationMs(Buffer.from(data, 'base64').length), 0);
  }

  /** `from→to cause` of every change of owner so far. */
  get ownerChanges(): string[] {
    return this.ofType('lane.owner_changed').map(({ from, to, cause }) => `${from}→${to} ${cause}`);
  }

  /** What the agent has said last, in words. */
  get lastTranscript(): string | undefined {
    return this.ofType('transcript').at(-1)?.text;
  }

  ofType<T extends ServerMessageType>(type: T): MessageOf<T>[] {
    return this.messages.filter((message): message is MessageOf<T> => message.type === type);
  }

  send(message: ClientMessage): void {
    this.sendRaw(JSON.stringify(message));
  }

  sendRaw(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(frame);
  }

  /** Sends audio as JSON, in frames as a microphone makes them. */
  sendAudio(pcm: Buffer): void {
    const bytes = tone(frameMs).length;
    for (let at = 0; at < pcm.length; at += bytes) {
      this.send({ type: 'audio.chunk', data: pcm.subarray(at, at + bytes).toString('base64') });
    }
  }

  /** A spoken push-to-talk turn. */
  speak(ms = 300): void {
    this.sendAudio(tone(ms));
    this.send({ type: 'audio.commit' });
  }

  /** A typed turn; resolves when its answer has ended. */
  async asks(text: string): Promise<void> {
    this.send({ type: 'text.input', text });
    await this.next('response.start');
    await this.next('response.end');
  }

  /** The next message of that type after the one waited for last. */
  next<T extends ServerMessageType>(type: T): Promise<MessageOf<T>> {
    return this.until(type, (message): message is MessageOf<T> => message.type === type);
  }

  /**
   * The next message that fits, after the one waited for last.
   * @throws when the connection ends, or it takes too long
   */
  async until<M extends ServerMessage>(
    what: string,
    fits: (message: ServerMessage) => message is M,
  ): Promise<M> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake?.();
    }, waitLimitMs);
    try {
      for (;;) {
        while (this.#next < this.messages.length) {
          const message = this.messages[this.#next++]!;
          if (fits(message)) return message;
        }
        if (this.#end !== undefined)
          throw new Error(`no ${what}: ${JSON.stringify(this.#end)}; ${this.#tail()}`);
        if (isLate) throw new Error(`no ${what} within ${waitLimitMs} ms; ${this.#tail()}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Leaves the connection, but not the call. */
  async leave(): Promise<void> {
    this.#socket.close(4000);
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  #received(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const frame = new Uint8Array(data);
      const header = readBinaryHeader(frame);
      if (header === undefined) throw new Error(`a binary frame of ${frame.length} bytes without a header`);
      this.seqs.push(header.seq);
      this.binaryAudio.push({ ...header, pcm: frame.subarray(binaryHeaderBytes) });
      return;
    }
    const message = JSON.parse(String(data)) as ServerMessage;
    this.seqs.push(message.seq);
    this.messages.push(message);
    this.#wake?.();
  }

  /** The last messages, for the error. */
  #tail(): string {
    return this.messages
      .slice(-5)
      .map((message) => JSON.stringify(message).slice(0, 160))
      .join(' ');
  }
}
