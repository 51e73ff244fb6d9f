import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentPosition } from './scan-segment.ts';
import { batchText, segmentLine } from './segment.ts';

/** Where a batch came to lie. */
export interface WrittenBatch {
  /** After it. */
  position: SegmentPosition;
  /** Of each event: first byte and length without the line end, and number of its line. */
  places: { offset: number; length: number; line: number }[];
}

/** Appends to one segment, to which nobody else does. After a failed append nothing more is appended. */
export class SegmentWriter {
  readonly name: string;
  readonly #file: FileHandle;
  #hash: string;
  #bytes: number;
  #lines = 1;
  #batches = 0;
  #isBroken = false;

  private constructor(name: string, file: FileHandle, hash: string, bytes: number) {
    this.name = name;
    this.#file = file;
    this.#hash = hash;
    this.#bytes = bytes;
  }

  /** It has its name when its first line is on the disk. @throws when the disk is full; nothing is left of it then */
  static async create(folder: string, name: string): Promise<SegmentWriter> {
    const path = join(folder, name);
    const begun = `${path}.new`;
    const file = await open(begun, 'wx', 0o600);
    try {
      const { line, hash } = segmentLine(name, new Date());
      const text = Buffer.from(`${line}\n`);
      await writeWhole(file, text, 0);
      await file.datasync();
      await rename(begun, path);
      await syncFolder(folder);
      return new SegmentWriter(name, file, hash, text.length);
    } catch (error) {
      await file.close();
      await unlink(begun).catch(() => undefined);
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is on disk may not be what was written: no more may follow it. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /**
   * Resolves when the batch is on the disk.
   * @param late positions in `lines` of events that came late
   * @param sealed number of the last checkpoint
   */
  async append(lines: readonly string[], late: readonly number[], sealed: number): Promise<WrittenBatch> {
    const { text, hash, headBytes } = batchText(this.#batches, lines, late, sealed, this.#hash);
    try {
      await writeWhole(this.#file, text, this.#bytes);
    } catch (error) {
      // Nobody takes half a batch for stored: it is cut off where that still can be done.
      this.#isBroken = true;
      await this.#file.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
    try {
      await this.#file.datasync();
    } catch (error) {
      // What the disk holds now nobody knows. The batch stays: another recorder may have read it, and stored it with a
      // sync of its own.
      this.#isBroken = true;
      throw error;
    }
    let offset = this.#bytes + headBytes;
    let line = this.#lines + 2;
    const places = lines.map((text) => {
      const length = Buffer.byteLength(text);
      const place = { offset, length, line: line++ };
      offset += length + 1;
      return place;
    });
    this.#bytes += text.length;
    this.#lines += lines.length + 1;
    this.#hash = hash;
    this.#batches++;
    return { position: { bytes: this.#bytes, lines: this.#lines, batches: this.#batches, hash }, places };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/**
 * Resolves when these bytes of a segment are on the disk, whoever wrote them. Their writer's sync may have failed, after
 * which another sync tells nothing: the system no longer knows that there is something to write. So they are written
 * again, the same to the same place, which disturbs neither a writer that lives nor others that do this, too.
 */
export async function makeDurable(path: string, from: number, to: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const bytes = Buffer.alloc(to - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    if (bytesRead < bytes.length) throw new Error(`${path} ends before byte ${to}`);
    await writeWhole(file, bytes, from);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** A full disk may take the first half of a write and refuse the rest. */
async function writeWhole(file: FileHandle, text: Buffer, at: number): Promise<void> {
  for (let done = 0; done < text.length; ) {
    const { bytesWritten } = await file.write(text, done, text.length - done, at + done);
    done += bytesWritten;
  }
}

/** A new name is on the disk only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
