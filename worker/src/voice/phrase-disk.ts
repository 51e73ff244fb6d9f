import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@vjj/shared/log.ts';
import { decodePhrase, encodePhrase } from './stored-phrase.ts';

/**
 * Spoken lines in a folder, one file each. Files appear whole, by rename, so any number of processes may share
 * the folder. A folder that cannot be used costs only its benefit, and one log line.
 */
export class PhraseDisk {
  readonly #folder: string;
  readonly #log: Logger;
  #hasComplained = false;

  constructor(folder: string, log: Logger) {
    this.#folder = folder;
    this.#log = log;
  }

  /** The audio, or undefined; a file that is not whole is thrown away. Never rejects. */
  async read(hash: string): Promise<Buffer | undefined> {
    const path = this.#path(hash);
    try {
      const pcm = decodePhrase(await readFile(path));
      if (pcm !== undefined) return pcm;
      this.#log.warn({ path }, 'a spoken line on disk was damaged and is made anew');
      await rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#complain(error as Error);
    }
    return undefined;
  }

  /** Never rejects. */
  async write(hash: string, pcm: Buffer): Promise<void> {
    const path = this.#path(hash);
    const unfinished = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(unfinished, encodePhrase(pcm));
      await rename(unfinished, path);
    } catch (error) {
      this.#complain(error as Error);
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  #path(hash: string): string {
    return join(this.#folder, `${hash}.phrase`);
  }

  #complain(error: Error): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#log.warn({ err: error.message }, 'spoken lines cannot be kept on disk; check VOICE_CACHE_DIR');
  }
}
