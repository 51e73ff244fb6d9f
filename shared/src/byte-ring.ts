/** Enough for a few messages; most rings of a quiet call never need more. */
const smallBytes = 4 * 1024;
/** Enough for a second of audio. From here on a ring doubles. */
const usualBytes = 64 * 1024;
/** Buffers that nobody uses are kept for the next ring, of all sizes together no more than this. */
const mostSpareBytes = 16 * 1024 * 1024;

/** By their size. */
const spares = new Map<number, Buffer[]>();
let spareBytes = 0;

/** Where a piece lies; its owner says when it goes. */
export interface Piece {
  at: number;
  readonly bytes: number;
}

/**
 * Keeps pieces of bytes, first in, first out, in one buffer that is used again. Kept as they came, each piece would be
 * memory of its own that outlives the young generation, which costs the garbage collector most.
 */
export class ByteRing {
  readonly #mostBytes: number;
  #buffer: Buffer | undefined;
  #pieces: Piece[] = [];
  /** Index of the oldest that is kept; what is before it is thrown away now and then. */
  #head = 0;

  /** @param mostBytes no piece is longer */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Bytes of memory it holds. */
  get capacity(): number {
    return this.#buffer?.length ?? 0;
  }

  get isEmpty(): boolean {
    return this.#head === this.#pieces.length;
  }

  /** Copies the bytes in behind the others. @returns false: there is no room until older ones are dropped */
  push(bytes: Uint8Array): boolean {
    let at = this.#placeFor(bytes.length);
    while (at === undefined) {
      if (!this.#grow(bytes.length)) return false;
      at = this.#placeFor(bytes.length);
    }
    this.#buffer!.set(bytes, at);
    this.#pieces.push({ at, bytes: bytes.length });
    return true;
  }

  /** Forgets the oldest; of an empty ring, nothing. */
  drop(): void {
    if (this.isEmpty) return;
    this.#head++;
    if (this.isEmpty) this.clear();
    else if (this.#head >= 64 && this.#head * 2 >= this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Forgets everything, and holds no memory any more. */
  clear(): void {
    giveBack(this.#buffer);
    this.#buffer = undefined;
    this.#pieces = [];
    this.#head = 0;
  }

  /** The pieces, oldest first: views that are good until the ring is changed. */
  all(): Buffer[] {
    return this.#pieces.slice(this.#head).map(({ at, bytes }) => this.#buffer!.subarray(at, at + bytes));
  }

  /** Where so many bytes can lie in one piece. */
  #placeFor(bytes: number): number | undefined {
    const room = roomOf(bytes);
    const size = this.capacity;
    if (this.isEmpty) return room <= size ? 0 : undefined;
    const first = this.#pieces[this.#head]!;
    const last = this.#pieces.at(-1)!;
    const end = last.at + roomOf(last.bytes);
    if (last.at < first.at) return end + room <= first.at ? end : undefined; // wrapped
    if (end + room <= size) return end;
    return room <= first.at ? 0 : undefined;
  }

  #grow(needed: number): boolean {
    const kept = this.all();
    let size = this.capacity;
    do size = nextSize(size);
    while (size < roomOf(needed));
    if (size > this.#mostBytes) return false;
    const old = this.#buffer;
    const buffer = bufferOf(size);
    let at = 0;
    this.#pieces = kept.map((piece) => {
      buffer.set(piece, at);
      const moved = { at, bytes: piece.length };
      at += roomOf(piece.length);
      return moved;
    });
    this.#head = 0;
    this.#buffer = buffer;
    giveBack(old);
    return true;
  }
}

function nextSize(size: number): number {
  if (size === 0) return smallBytes;
  return size < usualBytes ? usualBytes : size * 2;
}

/** An empty piece has a place of its own too, or the newest could not be told from the oldest. */
function roomOf(bytes: number): number {
  return Math.max(1, bytes);
}

function bufferOf(size: number): Buffer {
  const spare = spares.get(size)?.pop();
  if (spare === undefined) return Buffer.allocUnsafeSlow(size);
  spareBytes -= size;
  return spare;
}

function giveBack(buffer: Buffer | undefined): void {
  if (buffer === undefined || spareBytes + buffer.length > mostSpareBytes) return;
  spareBytes += buffer.length;
  const same = spares.get(buffer.length);
  if (same === undefined) spares.set(buffer.length, [buffer]);
  else same.push(buffer);
}
