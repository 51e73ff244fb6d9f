import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mostHeadBytes, type RecordingHead, recordingHeadSchema } from '@vjj/shared/evidence/recording.ts';
import type { Person, RecordingStore, StoredRecording } from '../store.ts';
import { syncFolder } from './segment-writer.ts';

const suffix = '.rec';
/** A copy that is being made. */
const unfinished = '.unfinished';

/** A folder per person, a file per recording, as the worker wrote it. */
export class FileRecordings implements RecordingStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async take(path: string, head: RecordingHead): Promise<void> {
    const folder = this.#folderOf(head);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const target = join(folder, `${short(head.session)}-${head.epoch}${suffix}`);
    try {
      await synced(path);
      await rename(path, target);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return; // another recorder has it
      if (code !== 'EXDEV') throw error;
      await copied(path, target);
    }
    await syncFolder(folder);
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

  #folderOf({ tenant, user }: Person): string {
    return join(this.#folder, short(JSON.stringify([tenant, user])));
  }
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** To another file system. The copy appears whole or not at all. */
async function copied(path: string, target: string): Promise<void> {
  const copy = `${target}${unfinished}`;
  try {
    await copyFile(path, copy);
    await synced(copy);
    await rename(copy, target);
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
  await rm(path, { force: true });
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.datasync().finally(() => file.close());
}

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
