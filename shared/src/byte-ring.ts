/** Enough for a few messages; most rings of a quiet call never need more. */
const smallBytes = 4 * 1024;
/** Enough for a second of audio. From here on a ring doubles. */
const usualBytes = 64 * 1024;
/** Buffers that nobody uses are kept for the next ring, of all sizes together no more than this. */
const mostSpareBytes = 16 * 1024 * 1024;

/** By their size. */
const spares = new Map<number, Buffer[]>();
let spareBytes = 0;

/** Where a piece lies, and what its owner knows of it. */
interface Place<Label> {
  readonly at: number;
  readonly bytes: number;
  readonly label: Label;
}

export interface Piece<Label> {
  readonly bytes: Buffer;
  readonly label: Label;
}

/**
 * Keeps pieces of bytes, first in, first out, in one buffer that is used again. Kept as they came, each piece would be
 * memory of its own that outlives the young generation, which costs the garbage collector most.
 */
export class ByteRing<Label = undefined> {
  readonly #mostBytes: number;
  #buffer: Buffer | undefined;
  #pieces: Place<Label>[] = [];
  /** Index of the oldest that is kept; what is before it is thrown away now and then. */
  #head = 0;

  /** @param mostBytes of all that is kept */
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

  /** What is known of the oldest piece. */
  get oldest(): Label | undefined {
    return this.#pieces[this.#head]?.label;
  }

  /** Forgets the oldest, as long as there is no need for it. */
  dropWhile(isNeedless: (oldest: Label) => boolean): void {
    while (!this.isEmpty && isNeedless(this.#pieces[this.#head]!.label)) this.drop();
  }

  /** Copies the bytes in behind the others; the oldest go when there is no room else. One that is longer than all is not kept. */
  push(bytes: Uint8Array, label: Label): void {
    let at = this.#placeFor(bytes.length);
    while (at === undefined) {
      if (!this.#grow(bytes.length)) {
        if (this.isEmpty) return;
        this.drop();
      }
      at = this.#placeFor(bytes.length);
    }
    this.#buffer!.set(bytes, at);
    this.#pieces.push({ at, bytes: bytes.length, label });
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
  all(): Piece<Label>[] {
    return this.#pieces
      .slice(this.#head)
      .map(({ at, bytes, label }) => ({ bytes: this.#buffer!.subarray(at, at + bytes), label }));
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
    let size = this.capacity;
    do size = nextSize(size);
    while (size < roomOf(needed));
    if (size > this.#mostBytes) return false;
    const kept = this.all();
    const old = this.#buffer;
    const buffer = bufferOf(size);
    let at = 0;
    this.#pieces = kept.map(({ bytes, label }) => {
      buffer.set(bytes, at);
      const moved = { at, bytes: bytes.length, label };
      at += roomOf(bytes.length);
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
