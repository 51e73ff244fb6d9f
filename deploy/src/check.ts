// `npm run check`: types, lint, format and the import rules between the rooms (those are in biome.json).
import { pathToFileURL } from 'node:url';
import { inProject, root } from './project.ts';
import { runProgram } from './run-program.ts';

const checks = [
  { name: 'types', program: 'tsc', args: ['-p', '.', '--pretty', 'false'] },
  { name: 'types of the page', program: 'tsc', args: ['-p', 'client', '--pretty', 'false'] },
  { name: 'lint, format and import rules', program: 'biome', args: ['ci', '.', '--colors=off'] },
] as const;

/** Runs every check, prints what failed, and answers how many did. */
export async function check(): Promise<number> {
  const outcomes = await Promise.all(
    checks.map(async ({ name, program, args }) => ({
      name,
      ...(await runProgram(process.execPath, [inProject('node_modules/.bin', program), ...args])),
    })),
  );
  for (const { name, code, output } of outcomes) {
    if (code === 0) console.log(`✓ ${name}`);
    else console.log(`✗ ${name}\n${output.replaceAll(`${root}/`, '').trimEnd()}\n`);
  }
  return outcomes.filter(({ code }) => code !== 0).length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = (await check()) === 0 ? 0 : 1;
}
