import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mostHeadBytes, type RecordingHead, recordingHeadSchema } from '@vjj/shared/evidence/recording.ts';
import type { Person, RecordingStore, StoredRecording } from '../store.ts';
import { copiedAcross, removeDeadCopies, synced } from './copied-across.ts';
import { syncFolder } from './segment-writer.ts';

const suffix = '.rec';

/** A folder per person, a file per recording, as the worker wrote it. */
export class FileRecordings implements RecordingStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async take(path: string, head: RecordingHead): Promise<'stored' | 'taken'> {
    const folder = this.#folderOf(head);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const target = join(folder, `${short(head.session)}-${head.epoch}${suffix}`);
    try {
      await synced(path);
      await rename(path, target);
      await syncFolder(folder);
      return 'stored';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EXDEV') return await copiedAcross(path, target);
      // Another recorder has it; or this person's folder is being erased, and it is tried again.
      if (!existsSync(path)) return 'taken';
      throw error;
    }
  }

  async find(session: string): Promise<StoredRecording[]> {
    const found: StoredRecording[] = [];
    for (const person of await readdir(this.#folder).catch(() => [])) {
      const folder = join(this.#folder, person);
      for (const name of await readdir(folder)) {
        if (!name.startsWith(`${short(session)}-`) || !name.endsWith(suffix)) continue;
        const epoch = Number(name.slice(name.lastIndexOf('-') + 1, -suffix.length));
        found.push({ epoch, read: () => createReadStream(join(folder, name)) });
      }
    }
    return found.sort((a, b) => a.epoch - b.epoch);
  }

  async erase(person: Person): Promise<number> {
    const folder = this.#folderOf(person);
    const names = await readdir(folder).catch(() => []);
    await rm(folder, { recursive: true, force: true });
    return names.filter((name) => name.endsWith(suffix)).length;
  }

  async removeBefore(beforeMs: number, announce: (count: number) => Promise<void>): Promise<number> {
    const old: string[] = [];
    for (const person of await readdir(this.#folder).catch(() => [])) {
      const folder = join(this.#folder, person);
      await removeDeadCopies(folder, Date.now());
      for (const name of await readdir(folder).catch(() => [])) {
        if (!name.endsWith(suffix)) continue;
        const path = join(folder, name);
        // Written last when the call ended. It may be gone meanwhile.
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: beforeMs }));
        if (mtimeMs < beforeMs) old.push(path);
      }
    }
    if (old.length === 0) return 0;
    await announce(old.length);
    let removed = 0;
    for (const path of old) if (await isRemoved(path)) removed++;
    return removed;
  }

  #folderOf({ tenant, user }: Person): string {
    return join(this.#folder, short(JSON.stringify([tenant, user])));
  }
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** @returns false: another recorder, or an erasure, was quicker */
const isRemoved = (path: string): Promise<boolean> =>
  rm(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );

/** The first line of a recording; undefined: it is none. @throws when it cannot be read, or is of another version */
export async function headOf(path: string): Promise<RecordingHead | undefined> {
  const file = await open(path, 'r');
  let line: string;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostHeadBytes), 0, mostHeadBytes, 0);
    const text = buffer.toString('utf8', 0, bytesRead);
    line = text.slice(0, Math.max(0, text.indexOf('\n')));
  } finally {
    await file.close();
  }
  let head: { kind?: unknown } | null;
  try {
    head = JSON.parse(line) as typeof head;
  } catch {
    return undefined;
  }
  const parsed = recordingHeadSchema.safeParse(head);
  if (parsed.success) return parsed.data;
  // It is the only copy, and whoever reads that version will take it.
  if (head?.kind === 'recording') throw new Error('a recording of another version, or with a damaged head');
  return undefined;
}
