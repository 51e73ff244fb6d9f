import { reconnectDelayMs } from './backoff.ts';
import type { CallEnd, MessageOf } from './call-events.ts';
import { afterClose, sessionGoneCode } from './close-code.ts';
import { type Closed, Connection } from './connection.ts';
import { askReadiness, type Readiness } from './readiness.ts';
import { ResumeTicket } from './resume.ts';
import type { ServerFrame } from './server-frame.ts';
import type { SocketConstructor } from './socket.ts';

/** A connection that held so long was a good one: the next loss waits like a first one, ms. */
const settledMs = 5_000;

export interface LineOptions {
  /** Instead of the global one. */
  webSocket?: SocketConstructor;
  /** Start a new session by itself when one is lost that cannot be resumed. Default false: the call ends. */
  startAgainWhenLost?: boolean;
  /** In [0, 1), for the reconnect jitter. */
  random?: () => number;
}

interface LineEvents {
  onFrame(frame: ServerFrame): void;
  /** The connection is away; another attempt comes after `delayMs`. */
  onRetrying(retry: { attempt: number; delayMs: number }): void;
  /** No connection could be made; what the server says of itself. */
  onUnavailable(readiness: Readiness): void;
  /** There will be no more attempts. */
  onOver(end: CallEnd): void;
}

/** Whose session a greeting offers: the first of this line, the one it had, or another in its place. */
export type Greeting = 'first' | 'resumed' | 'replaced' | 'unwanted';

/** What a call talks over: one connection after another, resumed by ticket when one is lost. */
export class Line {
  readonly #url: string;
  readonly #options: LineOptions;
  readonly #events: LineEvents;
  #connection: Connection | undefined;
  #ticket: ResumeTicket | undefined;
  /** The server says that there is nothing to come back to. */
  #isTicketVoid = false;
  #lastSeq = 0;
  /** Connections asked for so far. */
  #openings = 0;
  /** Attempts since the connection was lost. */
  #attempt = 0;
  #lostAt: number | undefined;
  #greetedAt = 0;
  #isOver = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #leaveTimer: ReturnType<typeof setTimeout> | undefined;

  /** `url` is `ws:` or `wss:`. */
  constructor(url: string, options: LineOptions, events: LineEvents) {
    this.#url = url;
    this.#options = options;
    this.#events = events;
  }

  get sessionId(): string | undefined {
    return this.#ticket?.sessionId;
  }

  /** Highest `seq` received of this session. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  open(): void {
    this.#open(this.#url);
  }

  /** Sends a frame; false when there is no open connection. */
  send(frame: string | Uint8Array): boolean {
    return this.#connection?.send(frame) ?? false;
  }

  received(seq: number): void {
    if (seq > this.#lastSeq) this.#lastSeq = seq;
  }

  /** Takes the session a connection greets with, unless it is another than ours and we may not take it. */
  greet(ready: MessageOf<'session.ready'>): Greeting {
    const previous = this.#ticket?.sessionId;
    const isResumed = previous === ready.sessionId;
    if (!isResumed && previous !== undefined && !this.#options.startAgainWhenLost) return 'unwanted';
    this.#greetedAt = performance.now();
    this.#lostAt = undefined;
    // The greeting of a resumed connection comes before the replay: to count it would skip what was missed.
    if (!isResumed) this.#lastSeq = ready.seq;
    this.#ticket = new ResumeTicket(ready);
    this.#isTicketVoid = false;
    if (isResumed) return 'resumed';
    return previous === undefined ? 'first' : 'replaced';
  }

  /** The server is leaving: goes over to another one after `afterMs`, by ticket. */
  moveAfter(afterMs: number): void {
    clearTimeout(this.#leaveTimer);
    this.#leaveTimer = setTimeout(() => {
      this.#connection?.leave();
      this.#onLost({ opened: true, code: 1001, reason: 'the server is leaving' });
    }, afterMs);
  }

  /** While away: tries now instead of waiting on, as when the network has come back. */
  retryNow(): void {
    if (this.#retryTimer === undefined) return;
    clearTimeout(this.#retryTimer);
    this.#reopen();
  }

  /** Ends the line with a WebSocket close code; nothing is reported of it any more. */
  close(code: number): void {
    this.#isOver = true;
    this.#connection?.leave(code);
    this.#connection = undefined;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#leaveTimer);
    this.#retryTimer = undefined;
  }

  #open(url: string): void {
    this.#openings++;
    this.#connection = new Connection(url, this.#options.webSocket ?? globalThis.WebSocket, {
      onFrame: (frame) => this.#events.onFrame(frame),
      onClosed: (closed) => this.#onClosed(closed),
    });
  }

  #onClosed(closed: Closed): void {
    clearTimeout(this.#leaveTimer);
    const { code, reason } = closed;
    if (code === sessionGoneCode) this.#isTicketVoid = true;
    const verdict = afterClose(code);
    if (verdict === 'reconnect') this.#onLost(closed);
    else this.#events.onOver({ cause: verdict === 'ended' ? 'finished' : 'refused', code, reason });
  }

  #onLost(closed: Closed): void {
    this.#connection = undefined;
    const now = performance.now();
    if (this.#lostAt === undefined && now - this.#greetedAt > settledMs) this.#attempt = 0;
    this.#lostAt ??= now;
    const canRetry = this.#canResume() || this.#options.startAgainWhenLost === true;
    if (canRetry) this.#retryLater();
    if (!closed.opened) void this.#explain(closed, canRetry);
    else if (!canRetry) this.#events.onOver({ cause: 'lost', code: closed.code, reason: closed.reason });
  }

  #canResume(): boolean {
    const awayMs = this.#lostAt === undefined ? 0 : performance.now() - this.#lostAt;
    return !this.#isTicketVoid && (this.#ticket?.isGood(awayMs) ?? false);
  }

  #retryLater(): void {
    const attempt = this.#attempt++;
    const delayMs = reconnectDelayMs(attempt, this.#options.random);
    this.#retryTimer = setTimeout(() => this.#reopen(), delayMs);
    this.#events.onRetrying({ attempt, delayMs });
  }

  #reopen(): void {
    this.#retryTimer = undefined;
    this.#open(
      this.#canResume() && this.#ticket ? this.#ticket.resumeUrl(this.#url, this.#lastSeq) : this.#url,
    );
  }

  /** Tells why no connection could be made, which only `GET /ready` knows. */
  async #explain({ code, reason }: Closed, isRetrying: boolean): Promise<void> {
    const opening = this.#openings;
    const readiness = await askReadiness(this.#url);
    if (this.#isOver || this.#openings !== opening) return;
    this.#events.onUnavailable(readiness);
    if (isRetrying) return;
    const cause = this.#ticket === undefined ? 'unreachable' : 'lost';
    const said = readiness.reasons.map(({ text }) => text).join('; ') || reason;
    const why = readiness.reachable ? 'the server refused the connection' : 'the server cannot be reached';
    this.#events.onOver({ cause, code, reason: said || why, readiness });
  }
}
