import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchReport, BenchSystem } from './bench-plan.ts';
import { type CpuProfile, drawFlames, topFunctions } from './flames.ts';

const topRows = 25;

/** Gives the profiles the names of their processes, and writes beside each a flame graph and a table of the top costs. */
export function writeProfiles(
  folder: string,
  systems: readonly BenchSystem[],
  { machine, date, command }: BenchReport,
): void {
  const tables: string[] = [`${machine}, ${date}\n\`${command}\``];
  for (const { name, pids } of systems) {
    for (const [kind, some] of Object.entries(pids)) {
      for (const [index, pid] of some.entries()) {
        const written = join(folder, `${pid}.cpuprofile`);
        if (!existsSync(written)) continue;
        const title = `${name}-${kind}${some.length > 1 ? `-${index + 1}` : ''}`;
        const text = readFileSync(written, 'utf8');
        const profile = JSON.parse(text) as CpuProfile;
        writeFileSync(join(folder, `${title}.cpuprofile`), text);
        writeFileSync(join(folder, `${title}.svg`), drawFlames(profile, `${title}, ${date}, ${machine}`));
        const rows = topFunctions(profile).slice(0, topRows);
        const lines = rows.map(({ name: of, share, selfMs }) => `| ${of} | ${selfMs} | ${share} % |`);
        tables.push(
          `## ${title}\n\n| function | self ms | of busy time |\n|---|---|---|\n${lines.join('\n')}`,
        );
      }
    }
  }
  writeFileSync(join(folder, 'top.md'), `${tables.join('\n\n')}\n`);
}
