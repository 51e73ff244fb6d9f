import { reconnectDelayMs } from './backoff.ts';
import type { CallEnd, MessageOf } from './call-events.ts';
import { afterClose, replacedCode, sessionGoneCode } from './close-code.ts';
import { type Closed, Connection } from './connection.ts';
import { askReadiness, type Readiness } from './readiness.ts';
import { ResumeTicket } from './resume.ts';
import { SentFrames } from './sent-frames.ts';
import { type ServerFrame, seqOf, type TextMessage } from './server-frame.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { SocketConstructor } from './socket.ts';

/** A connection that held so long was a good one: the next loss waits like a first one, ms. */
const settledMs = 5_000;
/** Before a connection is exchanged for another one, what was sent over it should have arrived, or at the latest after this, ms. */
const arrivedLimitMs = 1_000;

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
  /** The connection was to be exchanged for another one, which came to nothing; it is still there. */
  onStayed(): void;
  /** What the server answers with `provider.ready` when it has dealt with all before it; undefined while it would not. */
  askWhetherArrived(): string | undefined;
  /** That answer, which only the line has asked for. */
  onArrived(answer: MessageOf<'provider.ready'>): void;
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
  readonly #silence = new SilenceWatch(
    () => this.#askForSign(),
    () => this.#connection?.giveUp('the server fell silent'),
  );
  #connection: Connection | undefined;
  /** The connection whose frames are counted. */
  #greeted: Connection | undefined;
  #ticket: ResumeTicket | undefined;
  /** The server says that there is nothing to come back to. */
  #isTicketVoid = false;
  #lastSeq = 0;
  /** Over the connection that was greeted last, and over the one before it. */
  #sent = new SentFrames();
  #sentBefore = new SentFrames();
  /** Connections asked for so far. */
  #openings = 0;
  /** Attempts since the connection was lost. */
  #attempt = 0;
  #lostAt: number | undefined;
  #greetedAt = 0;
  #isOver = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #moveTimer: ReturnType<typeof setTimeout> | undefined;
  /** Between the decision to exchange the connection and the greeting of its successor. */
  #isMoving = false;
  #successor: Connection | undefined;
  /** What the successor was asked to repeat from, and what had come over the connection before it by then. */
  #repeatedAfter = 0;
  #repeatedUntil = 0;
  /** What the server was asked, whether all has arrived or whether it is still there, and has not answered yet. */
  #questions = 0;

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

  /** What is to be sent now must be kept until the next greeting: the connection will not be read much longer. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  open(): void {
    this.#connection = this.#connect(this.#url);
  }

  /**
   * Sends a frame; false when there is no open connection, or it has not greeted: what came over it before would be
   * counted as the other one's. @param isOfUse whether it means anything when it comes late
   */
  send(frame: string | Uint8Array, isOfUse = true): boolean {
    if (this.#connection === undefined || this.#connection !== this.#greeted) return false;
    const isSent = this.#connection.send(frame);
    if (isSent) this.#sent.add(frame, isOfUse);
    return isSent;
  }

  /** What was sent over the connection before and did not arrive. @param received frames that did */
  takeSwallowed(received: number): (string | Uint8Array)[] {
    const swallowed = this.#sentBefore.after(received);
    this.#sentBefore = new SentFrames();
    return swallowed;
  }

  received(seq: number): void {
    if (seq > this.#lastSeq) this.#lastSeq = seq;
  }

  /** Takes the session a connection greets with, unless it is another than ours and we may not take it. */
  greet(ready: MessageOf<'session.ready'>): Greeting {
    const previous = this.#ticket?.sessionId;
    const isResumed = previous === ready.sessionId;
    if (!isResumed && previous !== undefined && !this.#options.startAgainWhenLost) return 'unwanted';
    this.#greeted = this.#connection;
    this.#greetedAt = performance.now();
    this.#questions = 0;
    this.#silence.begin();
    this.#lostAt = undefined;
    // The greeting of a resumed connection comes before the replay: to count it would skip what was missed.
    if (!isResumed) this.#lastSeq = ready.seq;
    this.#ticket = new ResumeTicket(ready);
    this.#isTicketVoid = false;
    this.#sentBefore = this.#sent;
    this.#sent = new SentFrames();
    if (isResumed) return 'resumed';
    return previous === undefined ? 'first' : 'replaced';
  }

  /**
   * The server is leaving: goes over to another one after `afterMs`, by ticket. The new connection is made before the old
   * one is given up, so that what is being played goes on.
   */
  moveAfter(afterMs: number): void {
    clearTimeout(this.#moveTimer);
    this.#moveTimer = setTimeout(() => this.#move(), afterMs);
  }

  /** The network has come back, or may have: while away tries now instead of waiting on, else sees whether it is away. */
  retryNow(): void {
    if (this.#retryTimer === undefined) {
      this.#silence.ask();
      return;
    }
    clearTimeout(this.#retryTimer);
    this.#reopen();
  }

  /** Ends the line with a WebSocket close code; nothing is reported of it any more. */
  close(code: number): void {
    this.#isOver = true;
    this.#silence.stop();
    this.#connection?.leave(code);
    this.#connection = undefined;
    this.#successor?.leave();
    this.#successor = undefined;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#moveTimer);
    this.#retryTimer = undefined;
  }

  #connect(url: string): Connection {
    this.#openings++;
    const connection: Connection = new Connection(url, this.#options.webSocket ?? globalThis.WebSocket, {
      onFrame: (frame) => this.#onFrame(connection, frame),
      onClosed: (closed) => this.#onClosed(connection, closed),
    });
    return connection;
  }

  #onFrame(connection: Connection, frame: ServerFrame): void {
    if (connection === this.#successor && !this.#succeed(connection, frame)) return;
    if (connection === this.#connection) this.#silence.heard();
    const seq = seqOf(frame);
    if (seq > this.#repeatedAfter && seq <= this.#repeatedUntil) return;
    if (this.#successor !== undefined && isReplaced(frame)) return;
    if (this.#questions > 0 && isOfType(frame, 'provider.ready')) {
      this.#questions--;
      this.#events.onArrived(frame.message);
      if (this.#isMoving && this.#successor === undefined && this.#questions === 0) this.#openSuccessor();
      return;
    }
    this.#events.onFrame(frame);
  }

  /**
   * Nothing more is sent over the connection, and it is exchanged once what was sent has arrived: what is still under way
   * when the new one takes over is read by nobody.
   */
  #move(): void {
    if (this.#isOver || this.#connection === undefined || !this.#canResume()) return;
    this.#isMoving = true;
    if (!this.#ask()) this.#openSuccessor();
    else this.#moveTimer = setTimeout(() => this.#openSuccessor(), arrivedLimitMs);
  }

  /** False when the server would not answer. */
  #ask(): boolean {
    const question = this.#events.askWhetherArrived();
    // Of no use later: the next connection answers with its greeting.
    if (question === undefined || !this.send(question, false)) return false;
    this.#questions++;
    return true;
  }

  /** Not while another connection is being made anyway, nor where there would be none to come back over. */
  #askForSign(): boolean {
    return !this.#isMoving && this.#canResume() && this.#ask();
  }

  #openSuccessor(): void {
    clearTimeout(this.#moveTimer);
    this.#repeatedAfter = this.#lastSeq;
    this.#repeatedUntil = this.#lastSeq;
    this.#successor = this.#connect(this.#resumeUrl());
  }

  /** Whether this frame is the greeting with which the successor takes over. */
  #succeed(successor: Connection, frame: ServerFrame): boolean {
    if (!isOfType(frame, 'session.ready') || frame.message.sessionId !== this.sessionId) return false;
    this.#connection?.leave();
    this.#connection = successor;
    this.#successor = undefined;
    this.#isMoving = false;
    this.#attempt = 0;
    this.#repeatedUntil = this.#lastSeq;
    return true;
  }

  #onClosed(connection: Connection, closed: Closed): void {
    const { code, reason } = closed;
    const verdict = afterClose(code);
    if (connection === this.#successor) {
      this.#successor = undefined;
      if (this.#connection !== undefined) {
        this.#stay();
        return;
      }
    } else if (this.#successor !== undefined && (code === replacedCode || verdict === 'reconnect')) {
      // The new connection closes the old one, which may be seen before its greeting.
      this.#connection = undefined;
      return;
    }
    this.#successor?.leave();
    this.#successor = undefined;
    this.#isMoving = false;
    clearTimeout(this.#moveTimer);
    if (code === sessionGoneCode) this.#isTicketVoid = true;
    if (verdict === 'reconnect') this.#onLost(closed);
    else this.#events.onOver({ cause: verdict === 'ended' ? 'finished' : 'refused', code, reason });
  }

  /** The server we were to go to would not have us: as long as this one does, another is tried. */
  #stay(): void {
    this.#isMoving = false;
    this.#events.onStayed();
    this.moveAfter(reconnectDelayMs(this.#attempt++, this.#options.random));
  }

  #onLost(closed: Closed): void {
    this.#connection = undefined;
    this.#silence.stop();
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
    this.#repeatedUntil = 0;
    this.#connection = this.#connect(this.#canResume() ? this.#resumeUrl() : this.#url);
  }

  #resumeUrl(): string {
    return this.#ticket?.resumeUrl(this.#url, this.#lastSeq) ?? this.#url;
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

function isOfType<Type extends TextMessage['type']>(
  frame: ServerFrame,
  type: Type,
): frame is { kind: 'message'; message: MessageOf<Type> } {
  return frame.kind === 'message' && frame.message.type === type;
}

/** That a newer connection has the session, which is ours. */
function isReplaced(frame: ServerFrame): boolean {
  return isOfType(frame, 'error') && frame.message.code === 'REPLACED';
}
