import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCheckpointName, readCheckpointFile } from '../checkpoint-file.ts';
import type { StoredCheckpoint } from '../store.ts';

/** Checkpoints that were copied to a folder. @throws when it cannot be read, or holds none */
export async function* readCopies(folder: string): AsyncGenerator<StoredCheckpoint> {
  const names = (await readdir(folder)).filter(isCheckpointName).sort();
  if (names.length === 0) throw new Error(`there are no checkpoints in ${folder}`);
  for (const name of names) {
    const path = join(folder, name);
    yield readCheckpointFile(name, await readFile(path, 'utf8'), path);
  }
}
