import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Ticker } from '@vjj/shared/clock.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { type Pin, release } from '@vjj/shared/control/pins.ts';
import { type ErrorId, errorSpec, VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter, seconds } from '@vjj/shared/metrics.ts';
import { ResumeTokens } from '@vjj/shared/resume-token.ts';
import type { Redis } from 'ioredis';
import { WebSocketServer } from 'ws';
import { type Admitted, admit, readmit, refusalOf, resumeAsked } from './admission.ts';
import { Caller } from './caller.ts';
import { departures } from './departures.ts';
import { maxSocketFrameBytes } from './limits.ts';
import { type TakeoverOptions, Takeovers } from './takeovers.ts';
import { Turnstile } from './turnstile.ts';
import type { Workers } from './workers.ts';

/** Pings are spread over the period in so many groups. */
const pingGroups = 15;
/** Calls whose admission begins in one turn of the event loop: each takes some 0.3 ms of it. */
const admittedPerTurn = 32;
/** What is said to a client about its token, on the WebSocket. */
const afterUpgrade: ReadonlySet<ErrorId> = new Set(['BAD_TOKEN', 'SESSION_GONE']);
/** A refused client that does not close in turn is cut off after this. */
const refusedGraceMs = 2000;
/** The last clients are told that it is over; their sockets may take a little longer than the cut-off of each. */
const lastWordsMs = 2500;
/** What a refused client is told to wait, in seconds. */
const retryAfterSeconds = 2;

const admissions = counter('vjj_admissions_total', 'calls asked for, by outcome', ['outcome']);
const admissionSeconds = seconds(
  'vjj_admission_seconds',
  'from the upgrade request until the worker is found',
);

export interface CallsOptions {
  allowedOrigins: ReadonlySet<string>;
  pingPeriodMs: number;
  /** Shared with the workers (`LINK_SECRET`). */
  linkSecret: string;
  /** How many callers of the fleet may wait for a place (`WAITING_ROOM_SIZE`). */
  waitingRoom: number;
  takeovers: TakeoverOptions;
}

/** The calls of this gateway: accepts WebSocket upgrades, keeps the callers, and lets them go. */
export class Calls {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #workers: Workers;
  readonly #log: Logger;
  readonly #allowedOrigins: ReadonlySet<string>;
  readonly #tokens: ResumeTokens;
  readonly #takeovers: Takeovers;
  readonly #adoptMs: number;
  readonly #waitingRoom: number;
  /** Each caller with its ping group. */
  readonly #callers = new Map<Caller, number>();
  readonly #pings: Ticker;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxSocketFrameBytes,
    perMessageDeflate: false,
    // Text is judged by the worker, which decodes it defensively; checking it here would be done twice.
    skipUTF8Validation: true,
  });
  readonly #turnstile = new Turnstile(admittedPerTurn);
  #pingGroup = 0;
  #accepted = 0;
  /** Calls that are being admitted. */
  #pending = 0;
  #isDraining = false;
  #onEmpty: (() => void) | undefined;

  constructor(
    redis: Redis,
    keys: Keys,
    workers: Workers,
    log: Logger,
    { allowedOrigins, pingPeriodMs, linkSecret, takeovers, waitingRoom }: CallsOptions,
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#workers = workers;
    this.#log = log;
    this.#allowedOrigins = allowedOrigins;
    this.#adoptMs = takeovers.adoptMs;
    this.#waitingRoom = waitingRoom;
    this.#tokens = new ResumeTokens(linkSecret);
    this.#takeovers = new Takeovers(redis, keys, workers, log, takeovers);
    this.#pings = new Ticker(pingPeriodMs / pingGroups);
    this.#pings.add(() => this.#pingNextGroup());
  }

  get count(): number {
    return this.#callers.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Handles an HTTP upgrade: a call, or an HTTP refusal before the WebSocket is accepted. */
  async onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const startedAt = performance.now();
    const ignore = () => undefined;
    socket.on('error', ignore);
    this.#pending++;
    try {
      const refusal = this.#isDraining ? 'DRAINING' : refusalOf(request, this.#allowedOrigins);
      if (refusal !== undefined) throw new VjjError(refusal);
      await this.#turnstile.pass();
      const resume = resumeAsked(request);
      const admitted = await this.#admit(resume);
      admissionSeconds.observe((performance.now() - startedAt) / 1000);
      if (this.#isDraining) {
        this.#giveBack(admitted);
        throw new VjjError('DRAINING');
      }
      let isAccepted = false;
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        isAccepted = true;
        socket.off('error', ignore);
        const caller = new Caller(webSocket, {
          ...admitted,
          resume,
          log: this.#log,
          onOrphaned: (orphan) => this.#takeovers.add(orphan),
          onGone: (gone, isAbandoned) => this.#remove(gone, isAbandoned),
        });
        this.#callers.set(caller, this.#accepted++ % pingGroups);
        admissions.inc({ outcome: admitted.waitingSince === undefined ? 'accepted' : 'waiting' });
      });
      // Left meanwhile, or no WebSocket handshake: strangers must not fill the workers with reservations.
      if (!isAccepted) this.#giveBack(admitted);
    } catch (error) {
      const id = error instanceof VjjError ? error.id : 'INTERNAL';
      this.#log.warn({ code: id, err: (error as Error).message }, 'a call was refused');
      admissions.inc({ outcome: id });
      if (afterUpgrade.has(id)) this.#refuseInside(request, socket, head, id);
      else refuse(socket, id);
    } finally {
      this.#pending--;
      this.#tellWhenEmpty();
    }
  }

  /**
   * No new calls from now on. Callers are told to reconnect, not all at once; who is still here after `timeoutMs` is
   * closed with a code that says the same. Resolves when nobody is left.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    const leaving = [...this.#callers.keys()];
    for (const [i, afterMs] of departures(leaving.length, timeoutMs).entries())
      leaving[i]!.askToReconnect(afterMs);
    await this.#untilEmpty(timeoutMs);
    for (const caller of this.#callers.keys()) caller.end('DRAINING');
    await this.#untilEmpty(lastWordsMs);
  }

  /** Resolves when no caller is left, at the latest after `limitMs`. */
  async #untilEmpty(limitMs: number): Promise<void> {
    if (this.#callers.size + this.#pending === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #admit(resume: Admitted['resume']): Promise<Admitted> {
    if (resume === undefined) return admit(this.#redis, this.#keys, this.#workers, this.#waitingRoom);
    return readmit(this.#redis, this.#keys, this.#workers, this.#tokens, resume, this.#adoptMs);
  }

  /** Browsers cannot read an HTTP status; what asks the client to do something else is said by close code. */
  #refuseInside(request: IncomingMessage, socket: Duplex, head: Buffer, id: ErrorId): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const { text: error, retry: retryable, close = 1011 } = errorSpec(id);
      webSocket.on('error', () => undefined);
      webSocket.send(
        JSON.stringify({ type: 'error', error, code: id, retryable, timestamp: Date.now(), seq: 0 }),
      );
      webSocket.close(close, id);
      const timer = setTimeout(() => webSocket.terminate(), refusedGraceMs);
      webSocket.once('close', () => clearTimeout(timer));
    });
  }

  #giveBack({ session, pin, resume }: Admitted): void {
    // A call that was there before is its worker's to end.
    if (resume !== undefined) return;
    admissions.inc({ outcome: 'abandoned' });
    this.#release(session, pin);
  }

  #release(session: string, pin: Pin): void {
    release(this.#redis, this.#keys, session, pin).catch((error: Error) =>
      this.#log.debug({ session, err: error.message }, 'a pin is left to run out'),
    );
  }

  #remove(caller: Caller, isAbandoned: boolean): void {
    if (isAbandoned) this.#release(caller.session, caller.pin);
    this.#callers.delete(caller);
    this.#tellWhenEmpty();
  }

  #tellWhenEmpty(): void {
    if (this.#callers.size + this.#pending === 0) this.#onEmpty?.();
  }

  #pingNextGroup(): void {
    this.#pingGroup = (this.#pingGroup + 1) % pingGroups;
    for (const [caller, group] of this.#callers) {
      if (group === this.#pingGroup) caller.checkAlive();
    }
  }
}

function refuse(socket: Duplex, id: ErrorId): void {
  if (socket.destroyed) return;
  const { text, retry, status = retry ? 503 : 500 } = errorSpec(id);
  const body = JSON.stringify({ error: text, code: id, retryable: retry });
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...(retry ? [`Retry-After: ${retryAfterSeconds}`] : []),
  ];
  // A stranger who does not hang up in turn must not keep the socket.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
