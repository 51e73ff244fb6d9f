import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { badKey, RequestError, rateLimited } from './api-error.ts';
import { ControlRoutes } from './control-routes.ts';
import { type Fault, FaultBook } from './faults.ts';
import { FrameDelays } from './frame-delays.ts';
import { ApiRoutes } from './http/api-routes.ts';
import { type Reply, sendError, sendReply } from './http/reply.ts';
import { Keys } from './keys.ts';
import { type Handshake, handshakeOf } from './realtime/handshake.ts';
import { MANNERLY_LINES } from './realtime/model.ts';
import { RealtimeSession, type Shared } from './realtime/session.ts';
import { Report } from './report.ts';
import { defaultScript, type Script } from './script.ts';
import { sentencesOf, Voice } from './speech/voice.ts';
import { TapeDeck, type TapedConnection } from './tape/tape-deck.ts';
import { TapedSession } from './tape/taped-session.ts';
import { TimerWheel } from './timer-wheel.ts';

/** Tells the product that the other end is not OpenAI. On every answer and every handshake. */
export const EMULATOR_HEADER = ['x-emulator', 'voice-jib-jab'] as const;

/** Largest message taken: an append of 15 MiB in base64, and its envelope. */
const MAX_PAYLOAD_BYTES = 21 * 1024 * 1024;

/** What lines are prepared in: the voice the product asks for by default, and the service's own default. */
const PREPARED_VOICES = ['marin', 'alloy'] as const;

export interface EmulatorOptions {
  /** 0 (default): any free port. */
  port?: number;
  host?: string;
  /** The only key accepted; absent: any that is not empty. */
  key?: string;
  /** Folder that keeps what was spoken for the next run; absent: nothing does. */
  clips?: string;
  /** Changes to the default script. */
  script?: Partial<Script>;
}

export interface Emulator {
  /** Such as `http://127.0.0.1:41234`, without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** Starts an emulator; resolves when it listens. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = new EmulatorServer(options);
  await emulator.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  return { url: emulator.url, close: () => emulator.close() };
}

class EmulatorServer {
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    // Clients' text is ASCII but for what people type, and JSON.parse sees that.
    skipUTF8Validation: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    handleProtocols: (protocols) => (protocols.has('realtime') ? 'realtime' : false),
  });
  readonly #voice: Voice;
  readonly #wheel = new TimerWheel();
  readonly #report = new Report();
  readonly #faults = new FaultBook();
  readonly #delays = new FrameDelays();
  readonly #counts = new Map<string, number>();
  readonly #sessions = new Set<RealtimeSession | TapedSession>();
  readonly #tape = new TapeDeck();
  readonly #keys: Keys;
  readonly #control: ControlRoutes;
  readonly #api: ApiRoutes;
  readonly #shared: Shared;
  #script: Script;
  #sessionsTotal = 0;

  constructor(options: EmulatorOptions) {
    this.#script = { ...defaultScript, ...options.script };
    this.#voice = new Voice(options.clips);
    this.#keys = new Keys(options.key);
    this.#shared = {
      wheel: this.#wheel,
      voice: this.#voice,
      report: this.#report,
      faults: this.#faults,
      counts: this.#counts,
      delays: this.#delays,
      script: () => this.#script,
    };
    this.#control = new ControlRoutes({
      script: () => this.#script,
      setScript: (script) => this.#setScript(script),
      faults: this.#faults,
      addFault: (fault) => this.#addFault(fault),
      report: this.#report,
      counts: this.#counts,
      delays: this.#delays,
      tape: this.#tape,
      sessions: () => ({
        live: this.#sessions.size,
        total: this.#sessionsTotal,
        ids: [...this.#sessions].map((s) => s.id),
      }),
      reset: () => this.#reset(options.script),
    });
    this.#api = new ApiRoutes({ voice: this.#voice, keys: this.#keys });
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#sockets.on('headers', (headers) => headers.push(`${EMULATOR_HEADER[0]}: ${EMULATOR_HEADER[1]}`));
    this.#prepareLines();
  }

  get url(): string {
    const { address, port, family } = this.#http.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => resolve());
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#wheel.close();
    this.#delays.close();
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await Promise.all([closed, this.#voice.close()]);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader(...EMULATOR_HEADER);
    const url = new URL(request.url ?? '/', 'http://emulator');
    try {
      const isControl = url.pathname === '/emulator' || url.pathname.startsWith('/emulator/');
      const reply = isControl
        ? await this.#control.answer(request, url)
        : ((await this.#faulted(url.pathname)) ?? (await this.#api.answer(request, url)));
      if (reply !== 'hang') sendReply(response, reply);
    } catch (error) {
      sendError(response, error);
    }
  }

  /** What a fault on this route answers instead. */
  async #faulted(path: string): Promise<Reply | 'hang' | undefined> {
    const fault = this.#faults.strike('http', {}, (candidate) => path.startsWith(candidate.path));
    if (!fault) return undefined;
    if (fault.hang) return 'hang';
    await new Promise<void>((resolve) => this.#wheel.schedule(fault.afterMs, resolve));
    if (fault.status === undefined) return undefined;
    throw new RequestError(fault.message ?? 'The server had an error while processing your request.', {
      status: fault.status,
      type:
        fault.status === 429 ? 'requests' : fault.status >= 500 ? 'server_error' : 'invalid_request_error',
      ...(fault.code === undefined ? {} : { code: fault.code }),
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    let handshake: Handshake;
    let taped: TapedConnection | undefined;
    try {
      handshake = handshakeOf(request, this.#keys);
      const fault = this.#faults.strike('handshake', { model: handshake.session.model });
      if (fault?.status === 401) throw badKey('sk-emulated');
      if (fault?.status === 429) throw rateLimited();
      if (fault)
        throw new RequestError('The server is overloaded.', { status: fault.status, type: 'server_error' });
      if (this.#tape.isLoaded) {
        taped = this.#tape.take();
        const status = taped === undefined ? 503 : taped.refuse;
        if (status !== undefined) throw new RequestError('So it was on the tape.', { status });
      }
    } catch (error) {
      refuse(socket, error);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      const session =
        taped === undefined
          ? new RealtimeSession(ws, socket, handshake, this.#shared)
          : new TapedSession(ws, taped, this.#tape, this.#wheel);
      this.#sessions.add(session);
      this.#sessionsTotal++;
      ws.on('message', (data) => session.receive(data as Buffer));
      ws.on('error', () => ws.terminate());
      ws.on('close', () => {
        this.#sessions.delete(session);
        session.ended();
      });
      if (handshake.isBeta && session instanceof RealtimeSession) session.refuseBeta();
      else session.start();
    });
  }

  #addFault(fault: Fault): string {
    const id = this.#faults.add(fault);
    for (const session of this.#sessions) session.armFaults(id);
    return id;
  }

  #setScript(script: Script): void {
    this.#script = script;
    this.#prepareLines();
  }

  #reset(script: Partial<Script> | undefined): void {
    this.#script = { ...defaultScript, ...script };
    this.#faults.clear();
    this.#report.clear();
    this.#counts.clear();
  }

  /** Speaks in the background what is likely to be said soon. */
  #prepareLines(): void {
    const { answers, prepare } = this.#script;
    const lines = [...prepare, ...answers.flatMap((rule) => rule.say ?? []), ...MANNERLY_LINES];
    const sentences = new Set(lines.flatMap(sentencesOf));
    for (const voice of PREPARED_VOICES)
      for (const sentence of sentences) this.#voice.prepare(sentence, voice);
  }
}

function refuse(socket: Duplex, error: unknown): void {
  const known = error instanceof RequestError ? error : new RequestError(String(error), { status: 500 });
  const body = JSON.stringify({ error: known.error });
  socket.end(
    [
      `HTTP/1.1 ${known.status} ${known.status === 401 ? 'Unauthorized' : 'Refused'}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      `${EMULATOR_HEADER[0]}: ${EMULATOR_HEADER[1]}`,
      '',
      body,
    ].join('\r\n'),
  );
}
