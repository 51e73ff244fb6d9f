import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The path of a Unix socket may have about 100 bytes on some systems; half of it is left to the file name. */
const longest = 50;

/** A new folder only this user may enter (0700), with a path short enough for Unix sockets in it. */
export function shortTempFolder(): string {
  const folder = tmpdir().length > longest ? '/tmp' : tmpdir();
  return mkdtempSync(join(folder, 'vjj-'));
}
