import { createHash } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';

/** More than this not yet taken by the disk, and it is too slow to record on. */
const mostQueuedBytes = 8 * 1024 * 1024;

/** While it is written; the recorder takes one only when its worker is dead. */
export const unfinishedSuffix = '.part';
export const finishedSuffix = '.rec';

/** Why a recording ends before its call. */
export type StopReason = 'limit' | 'disk' | 'slow_disk';

/** How far a recording is. */
export interface RecordedSoFar {
  pieces: number;
  bytes: number;
  sha256: string;
}

/** One recording on its way to the disk. Nobody waits for it: what the disk does not take ends the recording, not the call. */
export class RecordingFile {
  readonly #path: string;
  readonly #onStopped: (reason: StopReason, error?: Error) => void;
  /** Of what the disk has taken. */
  readonly #hash = createHash('sha256');
  #takenPieces = -1; // the head is none
  #takenBytes = 0;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #isStopped = false;
  #isFinishing = false;
  #isClosed = false;
  #file: FileHandle | undefined;
  #writing: Promise<void> | undefined;

  /** @param path without a suffix */
  constructor(path: string, onStopped: (reason: StopReason, error?: Error) => void) {
    this.#path = path;
    this.#onStopped = onStopped;
  }

  /** The head first, then pieces. */
  write(bytes: Buffer): void {
    if (this.#isStopped || this.#isFinishing) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > mostQueuedBytes) this.#stop('slow_disk');
    else this.#writing ??= this.#writeQueued();
  }

  /** With what is still on its way to the disk, unless the disk failed. */
  get recorded(): RecordedSoFar {
    // Nothing is queued any more where it was stopped.
    const hash = this.#hash.copy();
    for (const bytes of this.#queue) hash.update(bytes);
    return {
      pieces: Math.max(0, this.#takenPieces + this.#queue.length),
      bytes: this.#takenBytes + this.#queuedBytes,
      sha256: this.#takenBytes + this.#queuedBytes === 0 ? '' : hash.digest('hex'),
    };
  }

  /** No more comes. Resolves when all is written and the recorder may have it. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    if (!this.#isClosed) this.#writing ??= this.#writeQueued();
    await this.#writing;
  }

  async #writeQueued(): Promise<void> {
    try {
      this.#file ??= await open(this.#path + unfinishedSuffix, 'wx', 0o600);
      for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
        await writeWhole(this.#file, next, this.#takenBytes);
        // Stopped meanwhile: it was told how far the recording is, and this is cut off again.
        if (this.#isStopped) break;
        this.#hash.update(next);
        this.#takenPieces++;
        this.#takenBytes += next.length;
        this.#queue.shift();
        this.#queuedBytes -= next.length;
      }
    } catch (error) {
      this.#stop('disk', error as Error);
    }
    if (this.#isFinishing || this.#isStopped) await this.#close();
    this.#writing = undefined;
  }

  #stop(reason: StopReason, error?: Error): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#onStopped(reason, error);
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const file = this.#file;
    if (file === undefined) return;
    try {
      // Half a piece that a full disk has taken.
      if (this.#isStopped) await file.truncate(this.#takenBytes);
      await file.close();
      await rename(this.#path + unfinishedSuffix, this.#path + finishedSuffix);
    } catch {
      // The recorder takes it when this process is gone.
    }
  }
}

async function writeWhole(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
