/**
 * Frames of the link between a gateway and a worker:
 *
 *   u32 length of what follows · u8 kind · u32 stream · u32 number · payload
 *
 * all little-endian. A stream is one client connection, numbered by the gateway within its link.
 * `number` counts client frames of a session upwards, and is the `seq` of a server message downwards.
 */
export const FrameKind = {
  /** gateway → worker: a client connection; payload: JSON `OpenRequest`. */
  open: 1,
  /** A WebSocket text message. */
  text: 2,
  /** A WebSocket binary message: audio. */
  audio: 3,
  /** worker → gateway: a text message that carries audio, and may be dropped when the client reads slowly. */
  textAudio: 4,
  /** worker → gateway: client frames up to `number` are safe and need not be kept. */
  ack: 5,
  /** Either side: the stream is over; payload: u16 close code, then the reason. */
  close: 6,
  /** gateway → worker, answered by `pong` with the same number. */
  ping: 7,
  pong: 8,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

export const frameHeaderBytes = 13;
/** A frame longer than this is taken for garbage and ends the link; a client frame is at most 64 KiB. */
export const maxFrameBytes = 1024 * 1024;

export type FrameHandler = (kind: FrameKind, stream: number, number: number, payload: Buffer) => void;

export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Writes a header for a payload of that length at `offset`. */
export function writeFrameHeader(
  target: Buffer,
  offset: number,
  kind: FrameKind,
  stream: number,
  number: number,
  payloadBytes: number,
): void {
  target.writeUInt32LE(frameHeaderBytes - 4 + payloadBytes, offset);
  target.writeUInt8(kind, offset + 4);
  target.writeUInt32LE(stream, offset + 5);
  target.writeUInt32LE(number, offset + 9);
}

/** Cuts a byte stream into frames. The payload given to the handler is a view, good until it returns. */
export class FrameReader {
  readonly #handle: FrameHandler;
  /** The frame that was cut, in the pieces it came in; put together once it is whole, or each piece would copy all before it. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;

  constructor(handle: FrameHandler) {
    this.#handle = handle;
  }

  /** @throws {FrameError} when the bytes cannot be frames; the link must be closed then. */
  push(chunk: Buffer): void {
    const from = this.#pieceBytes === 0 ? 0 : this.#complete(chunk);
    const at = this.#read(chunk, from);
    if (at < chunk.length) this.#keep(chunk.subarray(at));
  }

  /**
   * Finishes the frame that was cut, with no more of the chunk than that takes: copying all of it would copy most of
   * what comes on a busy link.
   * @returns where in the chunk the next frame begins
   */
  #complete(chunk: Buffer): number {
    let used = 0;
    if (this.#pieceBytes < 4) {
      used = this.#keep(chunk.subarray(0, 4 - this.#pieceBytes));
      if (this.#pieceBytes < 4) return used;
      this.#pieces = [Buffer.concat(this.#pieces)];
    }
    const frameBytes = 4 + lengthAt(this.#pieces[0]!, 0);
    used += this.#keep(chunk.subarray(used, used + frameBytes - this.#pieceBytes));
    if (this.#pieceBytes < frameBytes) return used;
    const frame = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#read(frame, 0);
    return used;
  }

  #keep(piece: Buffer): number {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    return piece.length;
  }

  /** Hands over whole frames. @returns where the first begins that is not whole */
  #read(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length - at >= 4) {
      const end = at + 4 + lengthAt(bytes, at);
      if (bytes.length < end) break;
      const kind = bytes[at + 4] as FrameKind;
      if (kind < FrameKind.open || kind > FrameKind.pong) throw new FrameError(`a frame of kind ${kind}`);
      this.#handle(
        kind,
        bytes.readUInt32LE(at + 5),
        bytes.readUInt32LE(at + 9),
        bytes.subarray(at + frameHeaderBytes, end),
      );
      at = end;
    }
    return at;
  }
}

/** How much follows the length of a frame. */
function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at);
  if (length < frameHeaderBytes - 4 || length > maxFrameBytes)
    throw new FrameError(`a frame of ${length} bytes`);
  return length;
}

export function encodeClose(code: number, reason: string): Buffer {
  const payload = Buffer.allocUnsafe(2 + Buffer.byteLength(reason));
  payload.writeUInt16LE(code, 0);
  payload.write(reason, 2);
  return payload;
}

export function decodeClose(payload: Buffer): { code: number; reason: string } {
  if (payload.length < 2) return { code: 1006, reason: '' };
  return { code: payload.readUInt16LE(0), reason: payload.toString('utf8', 2) };
}

/**
 * Whether a client that closed its connection with that code means to come back: a broken connection, and codes that
 * say "reconnect", whoever chose them. All others have left, or have broken the protocol.
 */
export function mayComeBack(closeCode: number): boolean {
  return closeCode === 1006 || (closeCode >= 4000 && closeCode <= 4499);
}
