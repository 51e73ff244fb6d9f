import type { IncomingMessage } from 'node:http';
import { connect, type TcpNetConnectOpts } from 'node:net';
import { type ErrorId, VjjError } from '@vjj/shared/errors.ts';
import type { OpenAI } from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { type ClientOptions, WebSocket } from 'ws';
import type { ProviderLimits } from './provider-limits.ts';
import type { Warm } from './warm-pool.ts';

/** A connection on which no conversation has begun. */
export class OpenedRealtime implements Warm {
  readonly realtime: OpenAIRealtimeWS;
  /** The answer came from the emulator. */
  readonly isSimulated: boolean;
  /** Settings it has already: the `session.update` as it was sent, and what the service said to it. */
  prepared: { update: string; confirmation: Buffer } | undefined;
  #isAsked = false;

  constructor(realtime: OpenAIRealtimeWS, isSimulated: boolean) {
    this.realtime = realtime;
    this.isSimulated = isSimulated;
  }

  isOpen(): boolean {
    return this.realtime.socket.readyState === WebSocket.OPEN;
  }

  onceClosed(listener: () => void): void {
    this.realtime.socket.once('close', listener);
  }

  checkAlive(): void {
    const { socket } = this.realtime;
    if (this.#isAsked) {
      socket.terminate();
      return;
    }
    this.#isAsked = true;
    socket.once('pong', () => {
      this.#isAsked = false;
    });
    socket.ping();
  }

  close(): void {
    this.realtime.close({ code: 1000, reason: 'not needed' });
  }
}

const emulatorHeader = 'x-emulator';
/** A service that asks for more is asked again all the same. */
const longestAskedMs = 5 * 60_000;

/**
 * Opens a Realtime WebSocket through the `openai` package.
 * @throws {VjjError} PROVIDER_AUTH, PROVIDER_BUSY or PROVIDER_UNREACHABLE; the detail is for the log
 */
export async function openRealtime(
  client: OpenAI,
  model: string,
  timeoutMs: number,
  limits: ProviderLimits,
): Promise<OpenedRealtime> {
  const realtime = new OpenAIRealtimeWS({ model, options: socketOptions(client, timeoutMs) }, client);
  // The package throws what nobody listens for; failures of the socket are handled here and on 'close'.
  realtime.on('error', () => undefined);
  const { socket } = realtime;
  let isSimulated = false;
  await new Promise<void>((resolve, reject) => {
    socket.once('upgrade', (response) => {
      isSimulated = response.headers[emulatorHeader] !== undefined;
    });
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      if (response.statusCode === 429) limits.refused(retryAfterMs(response));
      reject(refusal(response.statusCode ?? 0));
      response.resume();
      socket.terminate();
    });
    socket.once('error', (error) =>
      reject(
        new VjjError('PROVIDER_UNREACHABLE', `${error.message}; check OPENAI_BASE_URL and the way to it`),
      ),
    );
    socket.once('close', (code) => reject(new VjjError('PROVIDER_UNREACHABLE', `closed with ${code}`)));
  });
  return new OpenedRealtime(realtime, isSimulated);
}

/**
 * A mask of zeros, which leaves each byte as it is, and spares `ws` a masked copy of all audio. Masks are there so that a
 * script in a browser cannot choose what a proxy sees; here nobody chooses more of it than base64 and JSON strings.
 */
const withoutMask = (mask: Buffer): void => {
  mask.fill(0);
};

/** The package speaks TLS whatever the base URL says; for one that begins with http: the socket underneath is plain. */
function socketOptions(client: OpenAI, timeoutMs: number): ClientOptions {
  // Compression wins little of base64, costs much, and would read what is sent after `send` has returned.
  const options: ClientOptions = {
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
    generateMask: withoutMask,
  };
  if (new URL(client.baseURL).protocol === 'http:') {
    // The time limit comes as that of the socket: whoever makes the socket sets it, or nobody does.
    options.createConnection = (({ host = 'localhost', port, timeout }: TcpNetConnectOpts) =>
      connect({ host, port, timeout })) as unknown as typeof options.createConnection;
  }
  return options;
}

/** The pause a refusal asks for, in seconds; dates are not read. */
function retryAfterMs({ headers }: IncomingMessage): number {
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? Math.min(seconds * 1000, longestAskedMs) : 0;
}

/** What the operator should look at, by the way the voice service refused. */
function refusal(status: number): VjjError {
  if (status === 401 || status === 403) {
    return new VjjError(
      'PROVIDER_AUTH',
      `HTTP ${status}; check OPENAI_API_KEY and that the key may use OPENAI_MODEL`,
    );
  }
  if (status === 429) {
    return new VjjError('PROVIDER_BUSY', 'HTTP 429; check the rate limits and the quota of the account');
  }
  return new VjjError(
    'PROVIDER_UNREACHABLE',
    `HTTP ${status}; check OPENAI_BASE_URL and the service's status page`,
  );
}

/** A failed response or error event of the service, as an id of our table. */
export function errorIdOf(code: string | null | undefined): ErrorId {
  switch (code) {
    case 'rate_limit_exceeded':
    case 'insufficient_quota':
      return 'PROVIDER_BUSY';
    case 'invalid_api_key':
      return 'PROVIDER_AUTH';
    default:
      return 'PROVIDER_ERROR';
  }
}
