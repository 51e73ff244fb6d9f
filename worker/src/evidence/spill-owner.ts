import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
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

/** An owner that cannot be seen from here (another container, a boot ago) is dead when it was silent so long. */
const silentMs = 60_000;

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
    const { mtimeMs } = await stat(path).catch(() => stat(folder));
    return Date.now() - mtimeMs < silentMs;
  } catch {
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
