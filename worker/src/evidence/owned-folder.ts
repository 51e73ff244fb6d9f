import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownerFile, thisProcess } from './spill-owner.ts';

/**
 * Makes a folder of this process alone in `root`. It appears together with its owner, or somebody could take it for a
 * dead one's.
 * @returns its path @throws when it cannot be made
 */
export function makeOwnedFolder(root: string): string {
  const name = `${Date.now().toString(36)}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const unfinished = join(root, `.${name}`);
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  writeFileSync(join(unfinished, ownerFile), JSON.stringify(thisProcess()));
  const path = join(root, name);
  renameSync(unfinished, path);
  return path;
}
