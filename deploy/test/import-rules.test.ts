import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { scratchFolder } from './scratch.ts';

type Import = readonly [file: string, from: string];

/** Which of these imports the rules forbid: the real rules, over files laid out like the rooms. */
function forbiddenOf(imports: readonly Import[]): Import[] {
  const folder = scratchFolder();
  copyFileSync(inProject('biome.json'), join(folder, 'biome.json'));
  copyFileSync(inProject('.gitignore'), join(folder, '.gitignore'));
  const files = imports.map(([file, from], index) => {
    const path = file.replace('scratch', `scratch-${index}`);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `import { it } from '${from}';\nconsole.log(it);\n`);
    return path;
  });
  const biome = inProject('node_modules/.bin/biome');
  const args = [biome, 'lint', '--colors=off', '--max-diagnostics=none', '--reporter=json', '.'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string } }[];
  };
  const found = diagnostics.filter(({ category }) => category === 'lint/style/noRestrictedImports');
  return imports.filter((_import, index) => found.some(({ location }) => location.path === files[index]));
}

/** Each room with what it may not import; the first column is a file that need not exist. */
const forbidden: readonly Import[] = [
  ['shared/src/scratch.ts', '@vjj/gateway'],
  ['shared/src/scratch.ts', '../../worker/src/main.ts'],
  ['shared/src/protocol/scratch.ts', '../../../client/src/sdk/session.ts'],
  ['gateway/src/scratch.ts', '@vjj/worker/src/main.ts'],
  ['gateway/src/scratch.ts', '../../worker/src/main.ts'],
  ['gateway/src/scratch.ts', '@vjj/client/sdk/session.ts'],
  ['gateway/src/scratch.ts', 'openai'],
  ['gateway/src/scratch.ts', 'openai/realtime/ws'],
  ['gateway/src/scratch.ts', 'chromadb'],
  ['worker/src/scratch.ts', '../../gateway/src/main.ts'],
  ['worker/src/lanes/scratch.ts', '../../../client/src/sdk/session.ts'],
  ['worker/recorder/scratch.ts', '@vjj/deploy/testbed.ts'],
  ['client/src/scratch.ts', '@vjj/shared/config.ts'],
  ['client/src/scratch.ts', '@vjj/shared/control/pins.ts'],
  ['client/src/scratch.ts', '../../worker/src/main.ts'],
  ['deploy/src/scratch.ts', '../../gateway/src/main.ts'],
  ['deploy/src/scratch.ts', '@vjj/client/sdk/session.ts'],
  ['loadtest/emulator/scratch.ts', '../../worker/src/main.ts'],
  ['loadtest/scratch.ts', '@vjj/deploy/testbed.ts'],
];

const allowed: readonly Import[] = [
  ['gateway/src/scratch.ts', '@vjj/shared/config.ts'],
  ['worker/src/scratch.ts', '@vjj/shared/config.ts'],
  ['worker/src/scratch.ts', 'openai'],
  ['client/src/scratch.ts', '@vjj/shared/protocol/messages.ts'],
  ['deploy/src/scratch.ts', '@vjj/shared/config.ts'],
  ['loadtest/scratch.ts', '@vjj/client/sdk/session.ts'],
];

it('forbids every way around the ground floor', () => {
  expect(forbiddenOf(forbidden)).toEqual(forbidden);
});

it('allows what each room is meant to use', () => {
  expect(forbiddenOf(allowed)).toEqual([]);
});
