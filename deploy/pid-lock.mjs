import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Takes the lock `file` for this process, if no living process holds it.
 * @param {string} file its content is the process id of the holder, and when that began
 * @returns {{ holder: number } | { release: () => void }} who holds it, or how to give it back
 */
export function takeLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}`);
  try {
    for (;;) {
      try {
        // A link appears with its content or not at all; a created file could be read while still empty.
        linkSync(mine, file);
        return { release: () => rmSync(file, { force: true }) };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = holderOf(file);
      if (holder !== undefined && isAlive(holder)) return { holder: Number(holder.split(' ')[0]) };
      discard(file, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function holderOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes the lock of a dead holder, and puts it back if another process was quicker to take it anew. */
function discard(file, deadHolder) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) !== deadHolder) linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Process ids come again, those of a container that is started anew at once; their beginnings do not. */
function isAlive(holder) {
  const [pid, start] = holder.split(' ');
  // Earlier versions wrote no beginning; what this process takes has one.
  if (start === undefined && Number(pid) === process.pid) return false;
  if (start !== undefined && start !== startOf(pid)) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** When a process began, in ticks of the system; 'unknown' where nobody says, or when it is gone. */
function startOf(pid) {
  try {
    // The second field, the program's name, may hold anything but ends with the last bracket.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1).trim().split(' ')[19];
  } catch {
    return 'unknown';
  }
}
