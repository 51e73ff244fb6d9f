import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What lies in the folder of agents at one moment. */
export interface AgentScan {
  /** By name of the agent, a text that changes with any of its files. */
  readonly signatures: ReadonlyMap<string, string>;
  /** Folders to watch, by a key that changes when a folder was replaced by another. */
  readonly folders: ReadonlyMap<string, string>;
}

/**
 * Looks at names, times and sizes only. Folders that begin with `.` or `_` are no agents.
 * @throws {Error} when the folder itself cannot be read
 */
export async function scanAgents(root: string): Promise<AgentScan> {
  const signatures = new Map<string, string>();
  const folders = new Map([[await keyOf(root), root]]);
  for (const name of (await readdir(root)).sort()) {
    if (/^[._]/.test(name)) continue;
    const folder = join(root, name);
    const lines: string[] = [];
    if (!(await scanFolder(folder, lines, folders))) continue;
    await scanFolder(join(folder, 'knowledge'), lines, folders);
    signatures.set(name, lines.join('\n'));
  }
  return { signatures, folders };
}

/** False: it is no folder, or gone by now. */
async function scanFolder(folder: string, lines: string[], folders: Map<string, string>): Promise<boolean> {
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return false;
  folders.set(await keyOf(folder), folder);
  for (const name of names.sort()) {
    // Follows links: that is how mounted configuration is replaced as a whole.
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile()) lines.push(`${folder}/${name} ${found.mtimeMs} ${found.size} ${found.ino}`);
  }
  return true;
}

async function keyOf(folder: string): Promise<string> {
  const { ino, dev } = await stat(folder);
  return `${dev}:${ino}:${folder}`;
}
