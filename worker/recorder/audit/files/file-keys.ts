import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fdatasync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type KeyRecord, keyRecordSchema } from '@vjj/shared/evidence/session-key.ts';
import { z } from 'zod';
import type { Erased, KeyStore, Person } from '../store.ts';
import { syncFolder } from './segment-writer.ts';

const tombstone = 'erased.json';
const tombstoneSchema = z.object({ atMs: z.number(), sessions: z.array(z.string()) });
type Tombstone = z.infer<typeof tombstoneSchema>;

/**
 * A folder per person, a file per key. An erased person's folder keeps the time and the sessions, without any key.
 * Erasing writes that first and destroys then; storing looks at it before and after: whichever way the two meet, no
 * key stays.
 */
export class FileKeys implements KeyStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A call begins with it: only what waits for the disk is left to another thread, which costs more than the rest. */
  async put(record: KeyRecord): Promise<'stored' | 'erased'> {
    const folder = this.#folderOf(record);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (this.#isErased(record)) return 'erased';
    const file = join(folder, fileName(record));
    const temporary = `${file}.${randomBytes(6).toString('hex')}`;
    await writeDurably(temporary, `${JSON.stringify(record)}\n`);
    try {
      // The first one stays: what comes later under the same name may not take its place.
      unless('EEXIST', () => linkSync(temporary, file));
    } catch (error) {
      // Destroyed by an erasure before it had its name; of a call from after that, it comes again.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && this.#isErased(record)) return 'erased';
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
    await syncFolder(folder);
    if (!this.#isErased(record)) return 'stored';
    await destroy(file);
    return 'erased';
  }

  async get(of: Pick<KeyRecord, 'session' | 'epoch' | 'tenant' | 'user'>): Promise<KeyRecord | undefined> {
    const text = await readFile(join(this.#folderOf(of), fileName(of)), 'utf8').catch(ignore('ENOENT'));
    return text === undefined ? undefined : keyRecordSchema.parse(JSON.parse(text));
  }

  async erase(person: Person, atMs: number): Promise<Erased> {
    const folder = this.#folderOf(person);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const before = this.#tombstone(person);
    const files = (await readdir(folder)).filter((name) => !name.startsWith(tombstone));
    const sessions = new Set(before?.sessions);
    for (const name of files) {
      const text = await readFile(join(folder, name), 'utf8').catch(ignore('ENOENT'));
      const record = text === undefined ? undefined : readRecord(text);
      if (record !== undefined) sessions.add(record.session);
    }
    const temporary = join(folder, `${tombstone}.${randomBytes(6).toString('hex')}`);
    await writeDurably(
      temporary,
      `${JSON.stringify({ atMs, sessions: [...sessions] } satisfies Tombstone)}\n`,
    );
    await rename(temporary, join(folder, tombstone));
    await syncFolder(folder);
    let keys = 0;
    for (const name of await readdir(folder)) {
      if (name.startsWith(tombstone)) continue;
      await destroy(join(folder, name));
      if (/^[0-9a-f]+-\d+\.json$/.test(name)) keys++;
    }
    await syncFolder(folder);
    return { keys, sessions: [...sessions] };
  }

  #isErased(record: KeyRecord): boolean {
    const erased = this.#tombstone(record);
    return erased !== undefined && (record.epoch <= erased.atMs || erased.sessions.includes(record.session));
  }

  #tombstone(person: Person): Tombstone | undefined {
    const text = unless('ENOENT', () => readFileSync(join(this.#folderOf(person), tombstone), 'utf8'));
    return text === undefined ? undefined : tombstoneSchema.parse(JSON.parse(text));
  }

  #folderOf({ tenant, user }: Person): string {
    return join(this.#folder, short(JSON.stringify([tenant, user])));
  }
}

/** Ids of sessions come from outside: no part of them becomes a path. */
const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const fileName = ({ session, epoch }: Pick<KeyRecord, 'session' | 'epoch'>): string =>
  `${short(session)}-${epoch}.json`;

function readRecord(text: string): KeyRecord | undefined {
  try {
    return keyRecordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const toDisk = promisify(fdatasync);

async function writeDurably(path: string, text: string): Promise<void> {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    await toDisk(file);
  } finally {
    closeSync(file);
  }
}

/** Overwritten, then removed. What a copying file system or a flash drive keeps of it is not in our hands. */
async function destroy(path: string): Promise<void> {
  const file = await open(path, 'r+').catch(ignore('ENOENT'));
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    await file.write(randomBytes(size), 0, size, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rm(path, { force: true });
}

/** What `act` returns, or undefined when it fails for that reason. */
function unless<T>(code: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    return ignore(code)(error as NodeJS.ErrnoException);
  }
}

function ignore(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
    return undefined;
  };
}
