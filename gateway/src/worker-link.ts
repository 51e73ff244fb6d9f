import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { monotonicMs } from '@vjj/shared/clock.ts';
import { LinkConnection } from '@vjj/shared/link/connection.ts';
import { encryptedClient } from '@vjj/shared/link/encryption.ts';
import { decodeClose, FrameKind } from '@vjj/shared/link/frames.ts';
import { openLink } from '@vjj/shared/link/handshake.ts';
import type { OpenRequest } from '@vjj/shared/link/open-request.ts';
import { maxUnansweredPings } from './silent-workers.ts';

/**
 * What callers say waits so long for what others say: each write saved is one wake-up of the worker less. What they are
 * told does not wait: the worker writes down in the journal what it has said, and that must be on its way by then.
 */
const gatherMs = 2;

/** A text shorter than this holds next to no sound. It is the end of a turn, an interruption: somebody waits for it. */
const minSoundBytes = 512;

/** Path of a Unix socket, or host and port. */
export type LinkAddress = { path: string } | { host: string; port: number };

export interface LinkSecurity {
  /** `LINK_SECRET`. */
  secret: string;
  /** Links over TCP are encrypted. */
  isEncrypted: boolean;
}

/** What a client connection wants to hear from its worker. */
export interface Stream {
  /** A message for the client; the payload is a view that is good until the call returns. */
  onMessage(payload: Buffer, isBinary: boolean, isDroppable: boolean, seq: number): void;
  /** The worker ends the connection. */
  onClose(code: number, reason: string): void;
  /** The worker needs no client frame up to that one any more. */
  onAcknowledged(frame: number): void;
  /**
   * The link is gone.
   * @param atMs when the worker gave its last sign of life
   * @param isSilent it answers no more; else it may live, and have lost the link only
   */
  onLost(atMs: number, isSilent: boolean): void;
}

export class WrongWorkerError extends Error {
  override readonly name = 'WrongWorkerError';
}

/** A link of this gateway to one worker incarnation, and the client connections on it. */
export class WorkerLink {
  readonly workerId: string;
  readonly address: LinkAddress;
  readonly #connection: LinkConnection;
  readonly #streams = new Map<number, Stream>();
  readonly #onLost: (error: Error | undefined, isSilent: boolean) => void;
  #nextStream = 1;
  #unansweredPings = 0;
  /** When something last came of the worker. */
  #aliveMs = monotonicMs();
  #ping = 0;

  private constructor(
    socket: Socket,
    workerId: string,
    address: LinkAddress,
    onLost: (error: Error | undefined, isSilent: boolean) => void,
  ) {
    this.workerId = workerId;
    this.address = address;
    this.#onLost = onLost;
    this.#connection = new LinkConnection(
      socket,
      (kind, stream, number, payload) => this.#onFrame(kind, stream, number, payload),
      (error) => this.#lost(error),
      { gatherMs },
    );
  }

  /**
   * @param timeoutMs how long nothing may come of it until it is linked
   * @param onLost it was linked and is not any more; silent: because it answered no more
   * @throws when nobody answers, the peer does not know the secret, or it is another incarnation
   */
  static async open(
    address: LinkAddress,
    { secret, isEncrypted }: LinkSecurity,
    workerId: string,
    timeoutMs: number,
    onLost: (error: Error | undefined, isSilent: boolean) => void,
  ): Promise<WorkerLink> {
    const how = { ...address, timeout: timeoutMs };
    const socket =
      isEncrypted && 'port' in address ? connectTls({ ...how, ...encryptedClient(secret) }) : connect(how);
    socket.once('timeout', () => socket.destroy(new Error('no connection in time')));
    try {
      const met = await openLink(socket, secret);
      if (met !== workerId) throw new WrongWorkerError(`looked for ${workerId}, met ${met}`);
      socket.setTimeout(0);
      return new WorkerLink(socket, workerId, address, onLost);
    } catch (error) {
      socket.on('error', () => undefined);
      socket.destroy();
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#connection.isClosed;
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes;
  }

  /** How many client connections use it. */
  get callers(): number {
    return this.#streams.size;
  }

  /** Tells the worker of a client connection; messages come to `stream` from now on. Returns its number. */
  openStream(request: OpenRequest, stream: Stream): number {
    const number = this.#nextStream;
    if (this.isClosed) {
      // Between the moment it was chosen and this one: nobody else will say so.
      queueMicrotask(() => stream.onLost(monotonicMs(), false));
      return number;
    }
    this.#nextStream = number === 0xffff_ffff ? 1 : number + 1;
    this.#streams.set(number, stream);
    this.#connection.send(FrameKind.open, number, 0, JSON.stringify(request));
    return number;
  }

  /** @param number of the client frame within its session, from 1 */
  send(stream: number, payload: Buffer, isBinary: boolean, number: number): void {
    this.#connection.send(isBinary ? FrameKind.audio : FrameKind.text, stream, number, payload);
    if (!isBinary && payload.length < minSoundBytes) this.#connection.hurry();
  }

  /** The client is gone, or must go; nothing more comes to its stream. */
  closeStream(stream: number, closeFrame: Buffer): void {
    if (this.#streams.delete(stream)) this.#connection.send(FrameKind.close, stream, 0, closeFrame);
  }

  /** Pings in a row. */
  get unansweredPings(): number {
    return this.#unansweredPings;
  }

  /** Asks for a sign of life. @param limit of unanswered pings: a worker that has left so many is given up */
  checkAlive(limit: number): void {
    if (this.#unansweredPings >= limit) {
      this.#connection.close(new Error(`${this.#unansweredPings} pings went unanswered`));
      return;
    }
    this.#unansweredPings++;
    this.#connection.send(FrameKind.ping, 0, ++this.#ping);
  }

  close(): void {
    this.#connection.close();
  }

  #onFrame(kind: FrameKind, stream: number, number: number, payload: Buffer): void {
    // How much of an answer a stopped worker had sent follows from this: a pong may be a second old.
    this.#aliveMs = monotonicMs();
    // Whoever speaks lives, however late it answers: to take its calls away would make a slow machine slower.
    this.#unansweredPings = 0;
    switch (kind) {
      case FrameKind.text:
      case FrameKind.textAudio:
        this.#streams.get(stream)?.onMessage(payload, false, kind === FrameKind.textAudio, number);
        break;
      case FrameKind.audio:
        this.#streams.get(stream)?.onMessage(payload, true, true, number);
        break;
      case FrameKind.close: {
        const { code, reason } = decodeClose(payload);
        const closed = this.#streams.get(stream);
        this.#streams.delete(stream);
        closed?.onClose(code, reason);
        break;
      }
      case FrameKind.ack:
        this.#streams.get(stream)?.onAcknowledged(number);
        break;
      default:
        break;
    }
  }

  #lost(error: Error | undefined): void {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    // A process that dies closes its sockets; one that was stopped was gone when it last said something.
    const isSilent = this.#unansweredPings >= maxUnansweredPings;
    this.#onLost(error, isSilent);
    const atMs = isSilent ? this.#aliveMs : monotonicMs();
    for (const stream of streams) stream.onLost(atMs, isSilent);
  }
}
