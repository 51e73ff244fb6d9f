/** What frames of WebSocket are, RFC 6455, section 5. */
export const Opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/**
 * Any key will do, servers take every one off alike; the same for all, so that a frame is masked once and not once for each
 * caller. Not zero: a server need not take that off, and a browser's is not.
 */
const maskKey = Buffer.from([0x9a, 0x3c, 0x71, 0xe5]);
const longest = { inHeader: 125, in16Bits: 0xffff };
/** Written as the length where it stands in the bytes that follow. */
const lengthIn = { bits16: 126, bits64: 127 };
const isLast = 0x80;
const isMasked = 0x80;
const known: ReadonlySet<number> = new Set(Object.values(Opcode));

/** A client's frame, as it goes over the wire: header, mask and masked payload. Its payload can be changed in place. */
export class WireFrame {
  readonly bytes: Buffer;
  readonly #payload: Buffer;
  readonly #at: number;

  constructor(opcode: Opcode, payload: Buffer) {
    const header = headerOf(opcode, payload.length);
    this.bytes = Buffer.concat([header, payload]);
    this.#at = header.length;
    this.#payload = Buffer.from(payload);
    this.#mask(0, payload.length);
  }

  /** @param write changes the payload, not masked, within `from` and `to` */
  rewrite(from: number, to: number, write: (payload: Buffer) => void): void {
    write(this.#payload);
    this.#mask(from, to);
  }

  /** The payload, not masked. */
  get payload(): Buffer {
    return this.#payload;
  }

  #mask(from: number, to: number): void {
    for (let at = from; at < to; at++) this.bytes[this.#at + at] = this.#payload[at]! ^ maskKey[at & 3]!;
  }
}

export function textFrame(text: string): Buffer {
  return new WireFrame(Opcode.text, Buffer.from(text)).bytes;
}

function headerOf(opcode: Opcode, length: number): Buffer {
  const first = isLast | opcode;
  if (length <= longest.inHeader) return Buffer.from([first, isMasked | length, ...maskKey]);
  const isIn16Bits = length <= longest.in16Bits;
  const size = Buffer.alloc(isIn16Bits ? 2 : 8);
  if (isIn16Bits) size.writeUInt16BE(length);
  else size.writeBigUInt64BE(BigInt(length));
  return Buffer.from([
    first,
    isMasked | (isIn16Bits ? lengthIn.bits16 : lengthIn.bits64),
    ...size,
    ...maskKey,
  ]);
}

/** A server's frame in `bytes` at `at`; undefined: not all of it is there yet. @throws on what no server of ours sends */
export function frameAt(
  bytes: Buffer,
  at: number,
  end: number,
): { opcode: Opcode; from: number; to: number } | undefined {
  if (end - at < 2) return undefined;
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  const opcode = (first & 0x0f) as Opcode;
  if ((first & 0xf0) !== isLast || (second & isMasked) !== 0 || !known.has(opcode))
    throw new Error(`a frame that begins with ${first.toString(16)} ${second.toString(16)}`);
  let length = second;
  let from = at + 2;
  if (second > longest.inHeader) {
    const size = second === lengthIn.bits16 ? 2 : 8;
    if (end - from < size) return undefined;
    length = size === 2 ? bytes.readUInt16BE(from) : Number(bytes.readBigUInt64BE(from));
    from += size;
  }
  const to = from + length;
  return to > end ? undefined : { opcode, from, to };
}
