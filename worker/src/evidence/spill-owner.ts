import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { monotonicMs } from '@vjj/shared/clock.ts';
import { machineId } from '@vjj/shared/process/machine.ts';
import { z } from 'zod';

export const ownerFile = 'owner.json';

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  /** Tells the process from a later one of the same number. */
  started: z.string(),
  /** Where its number means something: this boot of this machine, this space of process numbers. */
  space: z.string(),
});
export type SpillOwner = z.infer<typeof ownerSchema>;

/**
 * An owner that cannot be seen from here (another container) is dead when it was silent so long while somebody looked:
 * by the time of its last sign alone, a clock that was set or a machine that slept would make the living dead.
 */
export const silentMs = 60_000;
/** The last sign of such owners, and since when it has been the last, by the path of the folder. */
const signs = new Map<string, { atMs: number; sinceMs: number }>();

export function thisProcess(): SpillOwner {
  return { pid: process.pid, started: startOf(process.pid) ?? '', space: processSpace() };
}

/**
 * Whether the process that owns a spill folder lives. A folder without a readable owner counts by its age.
 * @returns undefined when the folder is gone
 */
export async function isOwned(folder: string): Promise<boolean | undefined> {
  try {
    const path = join(folder, ownerFile);
    const text = await readFile(path, 'utf8').catch(() => '');
    const owner = ownerSchema.safeParse(parsed(text));
    if (owner.success && owner.data.space === processSpace()) {
      return startOf(owner.data.pid) === owner.data.started;
    }
    const { mtimeMs: atMs } = await stat(path).catch(() => stat(folder));
    const now = monotonicMs();
    const seen = signs.get(folder);
    if (seen?.atMs === atMs) return now - seen.sinceMs < silentMs;
    signs.set(folder, { atMs, sinceMs: now });
    return true;
  } catch {
    signs.delete(folder);
    return undefined;
  }
}

/** When a process began, in whatever unit; undefined when it does not live. */
function startOf(pid: number): string | undefined {
  try {
    // The second field, the program's name, may hold anything but ends with the last bracket.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1)!.trim().split(' ');
    const [state, start] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' ? undefined : start;
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : undefined;
  }
}

function processSpace(): string {
  try {
    return `${machineId()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return machineId();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
