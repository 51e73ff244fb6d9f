import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './segment-writer.ts';

/** A copy that is being made: `<target>.<random>.unfinished`, since another recorder may be at the same one. */
const unfinished = '.unfinished';
/** What is being copied is written to all the time; whoever was at one that is older is dead. */
const deadAfterMs = 3_600_000;

/**
 * Moves a file to another file system, on which it appears whole or not at all, with the time of its last change.
 * @returns `taken`: another recorder has moved it, perhaps one that died before it could remove the original
 * @throws when it could not be moved; the original is there then
 */
export async function copiedAcross(path: string, target: string): Promise<'stored' | 'taken'> {
  const copy = `${target}.${randomBytes(6).toString('hex')}${unfinished}`;
  let outcome: 'stored' | 'taken' = 'stored';
  try {
    const { atime, mtime } = await stat(path);
    await copyFile(path, copy);
    await utimes(copy, atime, mtime);
    await synced(copy);
    // Of two that copy it at once one has the name, and only that one counts.
    await link(copy, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      outcome = 'taken';
    });
  } catch (error) {
    if (!existsSync(path)) return 'taken';
    throw error;
  } finally {
    await rm(copy, { force: true });
  }
  // Before the original goes: after a power cut one of the two must be there.
  await syncFolder(dirname(target));
  await rm(path, { force: true });
  return outcome;
}

/** Removes what recorders that died while they copied have left in a folder. */
export async function removeDeadCopies(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(unfinished)) continue;
    const path = join(folder, name);
    const { ctimeMs } = await stat(path).catch(() => ({ ctimeMs: nowMs }));
    if (nowMs - ctimeMs > deadAfterMs) await rm(path, { force: true });
  }
}

export async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.datasync().finally(() => file.close());
}
