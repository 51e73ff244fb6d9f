import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether the audit trail in that folder has the end of the call, so that what its worker handed over was stored. */
export function isStored(folder: string, session: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\n'))
    .some((line) => line.includes(session) && line.includes('session.ended'));
}
