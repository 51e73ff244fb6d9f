import { spawnSync } from 'node:child_process';

/** Of these flags of V8, the ones that this Node knows: with any other it does not start. */
export function knownFlags(flags: readonly string[]): string[] {
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  return flags.filter((flag) => (stdout ?? '').includes(`${flag.split('=')[0]} `));
}
