import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Tells whether two processes run on one machine, so that a Unix socket may connect them. */
export function machineId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return hostname();
  }
}
