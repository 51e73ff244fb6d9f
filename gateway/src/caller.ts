import { randomUUID } from 'node:crypto';
import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Claimed, Pin } from '@vjj/shared/control/pins.ts';
import { type ErrorId, errorSpec } from '@vjj/shared/errors.ts';
import { encodeClose, mayComeBack } from '@vjj/shared/link/frames.ts';
import type { MoveCause, OpenRequest } from '@vjj/shared/link/open-request.ts';
import { soundMsOf } from '@vjj/shared/link/sound-of-frame.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { ServerMessage, ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import type { WebSocket } from 'ws';
import { KeptFrames } from './kept-frames.ts';
import { Limits } from './limits.ts';
import type { Stream, WorkerLink } from './worker-link.ts';

/** Above this unsent, audio for this client is dropped; it could only come too late. */
const dropAudioAboveBytes = 512 * 1024;
/** Above this, what was dropped meanwhile included, the client does not read, and is let go. */
const maxUnsentBytes = 1024 * 1024;
/** A client that does not answer our close frame is cut off after this. */
const closeGraceMs = 2000;
/** A close reason has room for 123 bytes. */
const maxReasonChars = 120;

export interface CallerOptions {
  session: string;
  pin: Pin;
  link: WorkerLink;
  /** It has no place yet. */
  waitingSince?: OpenRequest['waiting'];
  /** The client comes back to a session it was in. */
  resume: OpenRequest['resume'];
  log: Logger;
  /** The worker is gone, the client is not. */
  onOrphaned: (caller: Caller) => void;
  /** @param isAbandoned it left for good while it had no worker that could be told so */
  onGone: (caller: Caller, isAbandoned: boolean) => void;
}

/**
 * One client connection: bytes up, bytes down, and the limits it must keep. It reads no message. When its worker is
 * lost the client notices nothing: what it sends is kept, and told to the next worker.
 */
export class Caller implements Stream {
  readonly session: string;
  readonly #socket: WebSocket;
  readonly #log: Logger;
  readonly #onOrphaned: (caller: Caller) => void;
  readonly #onGone: CallerOptions['onGone'];
  readonly #connection = randomUUID();
  readonly #limits = new Limits(performance.now());
  readonly #kept = new KeptFrames();
  #pin: Pin;
  /** Where its frames go; undefined: its worker is lost. */
  #way: { link: WorkerLink; stream: number } | undefined;
  #lostMs = 0;
  #cause: MoveCause = 'worker_lost';
  /** The worker it had lives, and may have it again. */
  #wasLeft = false;
  #mayReturn = false;
  /** It wants back into a session, and no worker has judged that yet. */
  #resume: OpenRequest['resume'];
  #frames = 0;
  #lastSeq: number;
  /** How much sound the workers have sent over this connection. */
  #soundMs = 0;
  /** The client has its greeting, and so a token to come back with. */
  #isGreeted = false;
  /** It is to be told to reconnect, as soon as it has that. */
  #reconnectAfterMs: number | undefined;
  #droppedFrames = 0;
  /** Dropped since the client last had read most of what it was sent. */
  #droppedBytes = 0;
  #unansweredPings = 0;
  #isOver = false;
  /** The code its connection ended with, or will. */
  #endCode: number | undefined;
  /** The next worker has said something, or is lost too. */
  #onTaken: (() => void) | undefined;

  constructor(socket: WebSocket, options: CallerOptions) {
    const { session, pin, link, waitingSince, resume, log, onOrphaned, onGone } = options;
    this.session = session;
    this.#socket = socket;
    this.#pin = pin;
    this.#log = log;
    this.#lastSeq = resume?.seq ?? 0;
    this.#resume = resume;
    this.#onOrphaned = onOrphaned;
    this.#onGone = onGone;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#onFrame(data, isBinary));
    socket.on('pong', () => {
      this.#unansweredPings = 0;
    });
    socket.on('error', (error) => this.#onSocketError(error));
    socket.on('close', (code) => this.#onSocketClosed(code));
    this.#open(link, waitingSince, resume === undefined ? {} : { resume });
  }

  /** Whose worker it has, or had last. */
  get pin(): Pin {
    return this.#pin;
  }

  get wasLeft(): boolean {
    return this.#wasLeft;
  }

  /** Its worker may live, and only the link to it be lost. */
  get mayReturn(): boolean {
    return this.#mayReturn;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** It is over, and the client will not come back to its session. */
  get isGoneForGood(): boolean {
    return this.#endCode !== undefined && !mayComeBack(this.#endCode);
  }

  get withoutWorkerMs(): number {
    return this.#way === undefined ? monotonicMs() - this.#lostMs : 0;
  }

  /**
   * Goes over to another worker, with all it may not have heard. Resolves when that has taken it in, or is lost too.
   * @param again it is the one it had
   */
  goOver(
    link: WorkerLink,
    { waitingSince, ...pin }: Pin & Pick<Claimed, 'waitingSince'>,
    again = false,
  ): Promise<void> {
    const kept = this.#kept.all();
    if (this.#kept.lost > 0)
      this.#log.warn({ session: this.session, frames: this.#kept.lost }, 'frames were not kept');
    const { owner, epoch } = this.#pin;
    this.#pin = pin;
    this.#wasLeft = false;
    const taken = new Promise<void>((resolve) => {
      this.#onTaken = resolve;
    });
    const takeover = {
      owner,
      epoch,
      cause: this.#cause,
      again,
      seq: this.#lastSeq,
      soundMs: this.#soundMs,
      elapsedMs: monotonicMs() - this.#lostMs,
      firstFrame: kept[0]?.number ?? this.#frames + 1,
      lastFrame: kept.at(-1)?.number ?? 0,
    };
    const how = this.#resume === undefined ? { takeover } : { resume: this.#resume };
    this.#open(link, waitingSince, how);
    for (const { payload, isBinary, number } of kept) this.#forward(payload, isBinary, number);
    return taken;
  }

  onMessage(payload: Buffer, isBinary: boolean, isDroppable: boolean, seq: number): void {
    this.#taken();
    this.#resume = undefined;
    const unsent = this.#socket.bufferedAmount;
    if (unsent <= dropAudioAboveBytes) this.#droppedBytes = 0;
    if (unsent + this.#droppedBytes > maxUnsentBytes) {
      this.end('SLOW_CONSUMER');
      return;
    }
    this.#lastSeq = seq;
    if (isDroppable) this.#soundMs += soundMsOf(payload.length, isBinary);
    if (isDroppable && unsent > dropAudioAboveBytes) {
      this.#droppedFrames++;
      this.#droppedBytes += payload.length;
      return;
    }
    // The view on the link's buffer stays valid: the socket keeps it alive until it is written.
    this.#socket.send(payload, { binary: isBinary });
    if (this.#isGreeted) return;
    this.#isGreeted = true;
    if (this.#reconnectAfterMs !== undefined) this.askToReconnect(this.#reconnectAfterMs);
  }

  onAcknowledged(frame: number): void {
    this.#taken();
    this.#kept.acknowledged(frame);
  }

  onClose(code: number, reason: string): void {
    if (code === errorSpec('WORKER_LOST').close) {
      // The worker lives, and has left the session, or it is another's: the caller goes there.
      this.#wasLeft = true;
      this.#mayReturn = false;
      this.#lost(monotonicMs(), reason === 'DRAINING' ? 'drain' : 'worker_lost');
      return;
    }
    this.#isOver = true;
    this.#taken();
    this.#closeSocket(code, reason);
  }

  onLost(atMs: number, isSilent: boolean): void {
    // One that lost the client before it had said a word would only do so again; a client that wants back into a session
    // is judged anew, by whoever has that now.
    this.#mayReturn = !isSilent && this.#onTaken === undefined && this.#resume === undefined;
    this.#lost(atMs, 'worker_lost');
  }

  #lost(atMs: number, cause: MoveCause): void {
    this.#way = undefined;
    this.#cause = cause;
    if (this.#onTaken === undefined) this.#lostMs = atMs; // else it had not found one yet
    this.#taken();
    if (!this.#isOver) this.#onOrphaned(this);
  }

  /** This gateway is leaving: the client is told to come to another one, after that long. */
  askToReconnect(afterMs: number): void {
    if (this.#isOver) return;
    if (this.#isGreeted) this.#say({ type: 'session.reconnect', afterMs });
    else this.#reconnectAfterMs = afterMs;
  }

  /** Tells the client why, and closes. */
  end(id: ErrorId): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { close = 1011, retry, text } = errorSpec(id);
    this.#log.info({ session: this.session, code: id, droppedFrames: this.#droppedFrames }, 'closing a call');
    this.#leave(close, id);
    this.#say({ type: 'error', error: text, code: id, retryable: retry });
    this.#closeSocket(close, id);
  }

  /** What this gateway itself says is no part of the call: it repeats the number of the last message of the worker. */
  #say(body: ServerMessageBody): void {
    const message: ServerMessage = { ...body, timestamp: Date.now(), seq: this.#lastSeq };
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends a ping; a client that left two unanswered is gone without saying so. */
  checkAlive(): void {
    if (this.#unansweredPings >= 2) {
      this.end('NOT_ALIVE');
      return;
    }
    this.#unansweredPings++;
    this.#socket.ping();
  }

  #open(
    link: WorkerLink,
    waiting: OpenRequest['waiting'],
    how: Pick<OpenRequest, 'resume' | 'takeover'>,
  ): void {
    const { session } = this;
    const request = { session, epoch: this.#pin.epoch, connection: this.#connection, waiting, ...how };
    this.#way = { link, stream: link.openStream(request, this) };
  }

  #onFrame(data: Buffer, isBinary: boolean): void {
    if (this.#isOver) return;
    const nowMs = performance.now();
    const excess = this.#limits.count(data.length, isBinary, nowMs);
    if (excess !== undefined) {
      this.end(excess);
      return;
    }
    const number = ++this.#frames;
    this.#kept.push({ number, payload: data, isBinary, atMs: nowMs });
    this.#forward(data, isBinary, number);
  }

  #forward(payload: Buffer, isBinary: boolean, number: number): void {
    this.#way?.link.send(this.#way.stream, payload, isBinary, number);
  }

  #taken(): void {
    this.#onTaken?.();
    this.#onTaken = undefined;
  }

  #leave(code: number, reason: string): void {
    this.#taken();
    this.#way?.link.closeStream(this.#way.stream, encodeClose(code, reason));
  }

  #closeSocket(code: number, reason: string): void {
    this.#endCode ??= code;
    this.#socket.close(code, reason.slice(0, maxReasonChars));
    this.#cutSoon();
  }

  #cutSoon(): void {
    const timer = setTimeout(() => this.#socket.terminate(), closeGraceMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Bytes that are no WebSocket, or a frame beyond all limits: the WebSocket layer has sent its own close frame. */
  #onSocketError(error: Error): void {
    this.#log.info({ session: this.session, err: error.message }, 'a client broke its connection');
    this.#isOver = true;
    this.#endCode ??= 1002;
    this.#leave(1002, 'the client broke its connection');
    this.#cutSoon();
  }

  #onSocketClosed(code: number): void {
    this.#isOver = true;
    this.#endCode ??= code;
    this.#leave(code, 'the client left');
    this.#onGone(this, this.#way === undefined && this.isGoneForGood);
  }
}
