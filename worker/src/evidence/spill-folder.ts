import { rmSync } from 'node:fs';
import { readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { monotonicMs } from '@vjj/shared/clock.ts';
import { makeOwnedFolder } from './owned-folder.ts';
import { isOwned, ownerFile, silentMs } from './spill-owner.ts';

const suffix = '.jsonl';
/** Whoever was silent so long must reckon with others who take its folder, and writes to it no more. */
const fenceMs = silentMs * 0.75;

/**
 * `AUDIT_SPILL_DIR/<incarnation>/<incarnation>-<n>.jsonl`: one folder for each life of a process, so that each
 * segment has one writer. What a dead process left is taken over by renaming its folder: one taker wins.
 */
export class SpillFolder {
  readonly #root: string;
  #path: string;
  #touchedMs = monotonicMs();
  #isTaken = false;

  /** @throws when the folder cannot be made */
  constructor(root: string) {
    this.#root = root;
    this.#path = makeOwnedFolder(root);
  }

  get path(): string {
    return this.#path;
  }

  get name(): string {
    return basename(this.#path);
  }

  /** It is somebody else's, or will be: this process stood still, and was taken for dead. */
  get isLost(): boolean {
    return this.#isTaken || monotonicMs() - this.#touchedMs > fenceMs;
  }

  /** Goes on in another folder. What the one before holds is taken by whoever finds it. @throws when none can be made */
  renew(): void {
    const before = this.#path;
    this.#path = makeOwnedFolder(this.#root);
    this.#touchedMs = monotonicMs();
    this.#isTaken = false;
    rmSync(join(before, ownerFile), { force: true });
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
    const path = this.#path;
    if (this.isLost) return; // the sign would come too late
    try {
      await utimes(join(path, ownerFile), now, now);
      if (path === this.#path) this.#touchedMs = monotonicMs();
    } catch (error) {
      if (path === this.#path) this.#isTaken = (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
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
