import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { checkpointName, checkpointText, isCheckpointName, readCheckpointFile } from '../checkpoint-file.ts';
import type { CheckpointLog, StoredCheckpoint } from '../store.ts';

const copiedFile = 'copied.json';

/** A file per checkpoint. Its number is taken by linking it into place, which of many only one can do. */
export class FileCheckpoints implements CheckpointLog {
  readonly #folder: string;
  #last: number;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#last = numberOf(this.#names().at(-1) ?? '0');
  }

  async *read(from: number): AsyncGenerator<StoredCheckpoint> {
    for (const name of this.#names()) if (numberOf(name) >= from) yield this.#readFile(name);
  }

  async last(): Promise<StoredCheckpoint | undefined> {
    return this.lastNow();
  }

  /** @throws when the last one was removed meanwhile */
  lastNow(): StoredCheckpoint | undefined {
    while (existsSync(join(this.#folder, checkpointName(this.#last + 1)))) this.#last++;
    return this.#last === 0 ? undefined : this.#readFile(checkpointName(this.#last));
  }

  /** Of the newest this process has seen; 0: none. */
  get lastSeen(): number {
    return this.#last;
  }

  /** Durable when it returns. @returns whether the number was still free */
  create(n: number, line: string, leaves: readonly string[]): boolean {
    const name = checkpointName(n);
    const temporary = join(this.#folder, `.${name}.${randomBytes(6).toString('hex')}`);
    try {
      writeDurably(temporary, checkpointText(line, leaves));
      linkSync(temporary, join(this.#folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      remove(temporary);
    }
    const folder = openSync(this.#folder, 'r');
    fsyncSync(folder);
    closeSync(folder);
    this.#last = n;
    return true;
  }

  async copiedTo(target: string): Promise<number> {
    return this.#copied()[target] ?? 0;
  }

  async markCopied(target: string, n: number): Promise<void> {
    const copied = this.#copied();
    if ((copied[target] ?? 0) >= n) return;
    const temporary = join(this.#folder, `.${copiedFile}.${randomBytes(6).toString('hex')}`);
    writeDurably(temporary, `${JSON.stringify({ ...copied, [target]: n })}\n`);
    renameSync(temporary, join(this.#folder, copiedFile));
  }

  /** Only saves sending twice: when it cannot be read, all are sent again. */
  #copied(): Record<string, number> {
    try {
      return JSON.parse(readFileSync(join(this.#folder, copiedFile), 'utf8')) as Record<string, number>;
    } catch {
      return {};
    }
  }

  #names(): string[] {
    return readdirSync(this.#folder).filter(isCheckpointName).sort();
  }

  #readFile(name: string): StoredCheckpoint {
    const where = `${basename(this.#folder)}/${name}`;
    return readCheckpointFile(name, readFileSync(join(this.#folder, name), 'utf8'), where);
  }
}

function numberOf(name: string): number {
  return Number.parseInt(name, 10);
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
