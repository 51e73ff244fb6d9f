import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TimedWord } from './words.ts';

/** What makes a clip out of a text; when any of it changes, all are spoken anew. */
const makers = ['espeak.ts', 'resample.ts', 'voice-worker.ts', 'words.ts'].map((name) =>
  readFileSync(new URL(name, import.meta.url)),
);
/** A folder that holds so many takes no more. */
const mostFiles = 2000;

export interface SpokenClip {
  /** Mono PCM16, 24 kHz, little endian. */
  pcm: Buffer;
  words: TimedWord[];
}

/** Clips in a folder, so that the next emulator need not speak them again: that takes most of a short run's time. */
export class ClipFiles {
  readonly #folder: string;
  #files: number;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#files = readdirSync(folder).length;
  }

  /** @param request all that the clip depends on */
  read(request: unknown): SpokenClip | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.#fileOf(request));
    } catch {
      return undefined;
    }
    const end = bytes.indexOf('\n');
    return { words: JSON.parse(bytes.toString('utf8', 0, end)), pcm: bytes.subarray(end + 1) };
  }

  /** Others may write the same at the same time; a disk that takes nothing only costs time. */
  write(request: unknown, { pcm, words }: SpokenClip): void {
    if (this.#files >= mostFiles) return;
    const file = this.#fileOf(request);
    const fresh = `${file}.${randomUUID()}`;
    try {
      writeFileSync(fresh, Buffer.concat([Buffer.from(`${JSON.stringify(words)}\n`), pcm]));
      renameSync(fresh, file);
      this.#files++;
    } catch {
      // It is spoken again.
    }
  }

  #fileOf(request: unknown): string {
    const hash = createHash('sha256').update(JSON.stringify(request));
    for (const maker of makers) hash.update(maker);
    return join(this.#folder, hash.digest('hex'));
  }
}
