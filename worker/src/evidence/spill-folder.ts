import { readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeOwnedFolder } from './owned-folder.ts';
import { isOwned, ownerFile } from './spill-owner.ts';

const suffix = '.jsonl';

/**
 * `AUDIT_SPILL_DIR/<incarnation>/<incarnation>-<n>.jsonl`: one folder for each life of a process, so that each
 * segment has one writer. What a dead process left is taken over by renaming its folder: one taker wins.
 */
export class SpillFolder {
  readonly #root: string;
  readonly name: string;
  readonly path: string;

  /** @throws when the folder cannot be made */
  constructor(root: string) {
    this.#root = root;
    this.path = makeOwnedFolder(root);
    this.name = basename(this.path);
  }

  segmentPath(segment: string): string {
    return join(this.path, segment + suffix);
  }

  /** Names of the segments in it, oldest first; none when the folder cannot be read. */
  async segments(): Promise<string[]> {
    const names = await readdir(this.path).catch(() => []);
    return names
      .filter((name) => name.endsWith(suffix))
      .map((name) => name.slice(0, -suffix.length))
      .sort();
  }

  /** A sign of life for processes that cannot see this one's number. */
  async touch(): Promise<void> {
    const now = new Date();
    await utimes(join(this.path, ownerFile), now, now).catch(() => undefined);
  }

  /** Takes the segments of processes that died. @returns how many of these there were */
  async adopt(): Promise<number> {
    let adopted = 0;
    for (const name of await readdir(this.#root).catch(() => [])) {
      if (name === this.name || name.startsWith('.')) continue;
      const left = join(this.#root, name);
      if ((await isOwned(left)) !== false) continue;
      const mine = join(this.path, `of-${name}`);
      try {
        await rename(left, mine);
      } catch {
        continue; // another process was quicker
      }
      await this.#moveSegments(mine);
      await rm(mine, { recursive: true, force: true });
      adopted++;
    }
    return adopted;
  }

  /** Also out of folders which the dead one had itself taken over, and not yet emptied. */
  async #moveSegments(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const from = join(folder, entry.name);
      if (entry.isDirectory()) await this.#moveSegments(from);
      else if (entry.name.endsWith(suffix)) await rename(from, join(this.path, entry.name));
    }
  }

  /** Bytes in the spill folders of all processes. */
  async totalBytes(): Promise<number> {
    return sizeOf(this.#root);
  }

  /** Removes the folder if no segment is left in it; otherwise the next process takes it. */
  async leave(): Promise<void> {
    if ((await this.segments()).length > 0) return;
    await rm(join(this.path, ownerFile), { force: true });
    await rmdir(this.path).catch(() => undefined);
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sizeOf(path);
    return stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
