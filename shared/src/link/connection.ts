import type { Socket } from 'node:net';
import { monotonicMs } from '../clock.ts';
import { peak } from '../metrics.ts';
import {
  type FrameHandler,
  type FrameKind,
  FrameReader,
  frameHeaderBytes,
  writeFrameHeader,
} from './frames.ts';

/** Frames are gathered in slabs of this size and written at once. */
const slabBytes = 64 * 1024;
/** More than this unsent to one peer that takes nothing for a while, and the link is given up: it is dead, or must be. */
const maxQueuedBytes = 64 * 1024 * 1024;
const stuckLimitMs = 3000;
/** More than this and it is given up whatever it takes. */
const mostQueuedBytes = 256 * 1024 * 1024;
/** The socket is given so much at once: it tells only of all of it together whether it was taken. */
const mostInFlightBytes = 1024 * 1024;
/** A peer that takes nothing more has closed its end, which is met at once when all it has said is read. */
const lastWordsMs = 1000;
/** Slabs kept for use again. */
const spareSlabs = 16;

const spares: Buffer[] = [];

const notePeak = peak(
  'vjj_link_queued_peak_bytes',
  'most bytes that waited on one link since the last scrape',
);

/**
 * An authenticated link: many client connections over one socket.
 * Writes are counted, not bytes: half of a relay's CPU is socket writes and the wake-ups they cause, so
 * everything sent in one turn of the event loop, or within a moment, leaves in one write.
 */
export class LinkConnection {
  readonly #socket: Socket;
  readonly #onClose: (error: Error | undefined) => void;
  readonly #beforeWrite: (() => void) | undefined;
  readonly #gatherMs: number;
  #slab: Buffer | undefined;
  #used = 0;
  #queuedBytes = 0;
  /** Written down, and not yet given to the socket. */
  #waiting: { slab: Buffer; bytes: number }[] = [];
  #inFlightBytes = 0;
  /** Since when too much waits, and nothing was taken. */
  #stuckSinceMs: number | undefined;
  #isFlushScheduled = false;
  #isHurried = false;
  #isClosed = false;

  /**
   * @param beforeWrite called before frames leave the process, for what must be safe before anybody sees them
   * @param gatherMs frames wait so long for others; 0: until the end of the turn of the event loop
   */
  constructor(
    socket: Socket,
    onFrame: FrameHandler,
    onClose: (error: Error | undefined) => void,
    { beforeWrite, gatherMs = 0 }: { beforeWrite?: () => void; gatherMs?: number } = {},
  ) {
    this.#socket = socket;
    this.#onClose = onClose;
    this.#beforeWrite = beforeWrite;
    this.#gatherMs = gatherMs;
    const reader = new FrameReader(onFrame);
    readToTheEnd(socket);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.close(error as Error);
      }
    });
    socket.on('error', (error) => this.close(error));
    socket.on('close', () => this.close());
    socket.resume();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes accepted and not yet taken by the operating system. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Queues a frame; it leaves within a moment. Ignored once closed. */
  send(kind: FrameKind, stream: number, number: number, payload?: Buffer | string): void {
    if (this.#isClosed) return;
    const length =
      payload === undefined ? 0 : typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
    const needed = frameHeaderBytes + length;
    if (this.#slab !== undefined && this.#slab.length - this.#used < needed) this.#writeSlab();
    if (this.#slab === undefined) {
      this.#slab =
        needed > slabBytes
          ? Buffer.allocUnsafeSlow(needed)
          : (spares.pop() ?? Buffer.allocUnsafeSlow(slabBytes));
      this.#used = 0;
    }
    writeFrameHeader(this.#slab, this.#used, kind, stream, number, length);
    const at = this.#used + frameHeaderBytes;
    if (typeof payload === 'string') this.#slab.write(payload, at);
    else payload?.copy(this.#slab, at);
    this.#used += needed;
    if (!this.#isFlushScheduled) {
      this.#isFlushScheduled = true;
      if (this.#gatherMs === 0) setImmediate(this.#flush);
      else setTimeout(this.#flush, this.#gatherMs);
    }
  }

  /** What was sent so far leaves now. */
  flush(): void {
    this.#writeSlab();
  }

  /** What was sent so far leaves at the end of this turn of the event loop, however long it would gather. */
  hurry(): void {
    if (this.#gatherMs === 0 || this.#isHurried) return;
    this.#isHurried = true;
    setImmediate(() => {
      this.#isHurried = false;
      this.#writeSlab();
    });
  }

  /** Ends the link; frames already sent are still delivered when there was no error. */
  close(error?: Error): void {
    if (this.#isClosed) return;
    if (error === undefined) {
      this.#writeSlab();
      if (this.#isClosed) return;
      while (this.#waiting.length > 0) this.#writeNext();
    }
    this.#isClosed = true;
    if (error === undefined) this.#socket.end();
    else this.#socket.destroy();
    this.#onClose(error);
  }

  /** Ends the link at once, as a lost cable would. */
  destroy(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  readonly #flush = (): void => {
    this.#isFlushScheduled = false;
    this.#writeSlab();
    if (this.#isStuck()) this.#giveUp();
  };

  #writeSlab(): void {
    const slab = this.#slab;
    if (slab === undefined || this.#isClosed) return;
    const bytes = this.#used;
    this.#beforeWrite?.();
    this.#slab = undefined;
    this.#queuedBytes += bytes;
    notePeak(this.#queuedBytes);
    this.#waiting.push({ slab, bytes });
    this.#pump();
    if (this.#queuedBytes > mostQueuedBytes) this.#giveUp();
  }

  #pump(): void {
    while (!this.#isClosed && this.#waiting.length > 0 && this.#inFlightBytes < mostInFlightBytes)
      this.#writeNext();
  }

  #writeNext(): void {
    const { slab, bytes } = this.#waiting.shift()!;
    this.#inFlightBytes += bytes;
    this.#socket.write(slab.subarray(0, bytes), () => {
      this.#inFlightBytes -= bytes;
      this.#queuedBytes -= bytes;
      this.#stuckSinceMs = undefined;
      if (slab.length === slabBytes && spares.length < spareSlabs) spares.push(slab);
      this.#pump();
    });
  }

  /** Asked once a turn of the event loop: within one, however long, the socket had no chance to take anything. */
  #isStuck(): boolean {
    if (this.#queuedBytes <= maxQueuedBytes) return false;
    const nowMs = monotonicMs();
    this.#stuckSinceMs ??= nowMs;
    return nowMs - this.#stuckSinceMs > stuckLimitMs;
  }

  #giveUp(): void {
    this.close(new Error(`${this.#queuedBytes} bytes unsent on the link`));
  }
}

/** A socket that fails to write throws away what the peer had said before it died; this one reads it to the end first. */
function readToTheEnd(socket: Socket): void {
  let hasFailed = false;
  const failed = (error: Error) => {
    if (hasFailed) return;
    hasFailed = true;
    const timer = setTimeout(() => socket.destroy(error), lastWordsMs);
    socket.once('end', () => socket.destroy(error));
    socket.once('close', () => clearTimeout(timer));
  };
  type Done = (error?: Error | null) => void;
  const notFailing = (done: Done) => (error?: Error | null) => {
    if (error) failed(error);
    done();
  };
  const write = socket._write;
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, notFailing(done));
  const writev = socket._writev!;
  socket._writev = (chunks, done) => writev.call(socket, chunks, notFailing(done));
}
