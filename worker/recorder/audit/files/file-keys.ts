import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
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

const tombstonePrefix = 'erased';
const firstTombstone = 'erased.json';
const isTombstone = /^erased(-[0-9a-f]+)?\.json$/;
const tombstoneSchema = z.object({ atMs: z.number(), sessions: z.array(z.string()) });
type Tombstone = z.infer<typeof tombstoneSchema>;

/**
 * A folder per person, a file per key. An erased person's folder keeps the time and the sessions, without any key, in
 * tombstones that are never changed, only added to. Erasing writes one first and destroys then; storing looks at them
 * before and after: whichever way the two meet, no key stays.
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
    if (this.#isErased(record)) return await this.#refuse(record);
    const file = join(folder, fileName(record));
    const temporary = `${file}.${randomBytes(6).toString('hex')}`;
    await writeDurably(temporary, `${JSON.stringify(record)}\n`);
    try {
      // The first one stays: what comes later under the same name may not take its place.
      unless('EEXIST', () => linkSync(temporary, file));
    } catch (error) {
      // Destroyed by an erasure before it had its name; of a call from after that, it comes again.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && this.#isErased(record)) {
        return await this.#refuse(record);
      }
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
    await syncFolder(folder);
    return this.#isErased(record) ? await this.#refuse(record) : 'stored';
  }

  async get(of: Pick<KeyRecord, 'session' | 'epoch' | 'tenant' | 'user'>): Promise<KeyRecord | undefined> {
    const text = await readFile(join(this.#folderOf(of), fileName(of)), 'utf8').catch(ignore('ENOENT'));
    return text === undefined ? undefined : readRecord(text);
  }

  async erase(person: Person, atMs: number): Promise<Erased> {
    const folder = this.#folderOf(person);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let names: string[] = [];
    // Keys that came while the tombstone was written are of sessions it may lack: it is done when a look finds none.
    for (let isWritten = false; ; isWritten = true) {
      names = (await readdir(folder)).filter((name) => !name.startsWith(tombstonePrefix));
      const sessions = await this.#newSessions(person, names);
      if (isWritten && sessions.length === 0) break;
      await this.#addTombstone(folder, { atMs, sessions });
    }
    let keys = 0;
    for (const name of names) {
      await destroy(join(folder, name));
      if (/^[0-9a-f]+-\d+\.json$/.test(name)) keys++;
    }
    await syncFolder(folder);
    return { keys, sessions: this.#tombstone(person)?.sessions ?? [] };
  }

  /** Sessions with keys in these files that no tombstone names yet. */
  async #newSessions(person: Person, names: readonly string[]): Promise<string[]> {
    const known = new Set(this.#tombstone(person)?.sessions);
    const found = new Set<string>();
    for (const name of names) {
      const path = join(this.#folderOf(person), name);
      const text = await readFile(path, 'utf8').catch(ignore('ENOENT'));
      const record = text === undefined ? undefined : readRecord(text);
      if (record !== undefined && !known.has(record.session)) found.add(record.session);
    }
    return [...found];
  }

  /**
   * A key that comes too late tells of a session from before the erasure: its keys are refused from now on, also those
   * of epochs after that, and one of those that came first is destroyed.
   */
  async #refuse(record: KeyRecord): Promise<'erased'> {
    const { session } = record;
    const folder = this.#folderOf(record);
    if (this.#tombstone(record)?.sessions.includes(session) !== true) {
      // The time is that of the others.
      await this.#addTombstone(folder, { atMs: 0, sessions: [session] });
    }
    for (const name of await readdir(folder)) {
      if (name.startsWith(`${short(session)}-`)) await destroy(join(folder, name));
    }
    await syncFolder(folder);
    return 'erased';
  }

  #isErased(record: KeyRecord): boolean {
    const erased = this.#tombstone(record);
    return erased !== undefined && (record.epoch <= erased.atMs || erased.sessions.includes(record.session));
  }

  /** All of a person's as one. */
  #tombstone(person: Person): Tombstone | undefined {
    const folder = this.#folderOf(person);
    // There is no other without the first, and hardly anybody has one.
    if (!existsSync(join(folder, firstTombstone))) return undefined;
    const tombstones = readdirSync(folder)
      .filter((name) => isTombstone.test(name))
      .map((name) => tombstoneSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
    return {
      // A clock that was set back between two erasures takes nothing back.
      atMs: Math.max(...tombstones.map(({ atMs }) => atMs)),
      sessions: [...new Set(tombstones.flatMap(({ sessions }) => sessions))],
    };
  }

  /** Durable when resolved. Beside the others: what several add at once takes the place of nothing. */
  async #addTombstone(folder: string, tombstone: Tombstone): Promise<void> {
    const name = `${tombstonePrefix}-${randomBytes(6).toString('hex')}.json`;
    const temporary = join(folder, `${name}.part`);
    await writeDurably(temporary, `${JSON.stringify(tombstone)}\n`);
    try {
      linkSync(temporary, join(folder, firstTombstone));
      rmSync(temporary);
    } catch (error) {
      ignore('EEXIST')(error as NodeJS.ErrnoException);
      await rename(temporary, join(folder, name));
    }
    await syncFolder(folder);
  }

  #folderOf({ tenant, user }: Person): string {
    return join(this.#folder, short(JSON.stringify([tenant, user])));
  }
}

/** Ids of sessions come from outside: no part of them becomes a path. */
const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const fileName = ({ session, epoch }: Pick<KeyRecord, 'session' | 'epoch'>): string =>
  `${short(session)}-${epoch}.json`;

/** undefined: an erasure that was killed had begun to destroy it. */
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
