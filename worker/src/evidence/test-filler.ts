// A process that fills its spill, and says how it goes: `node test-filler.ts <root> <lines>`.
import { createLog } from '@vjj/shared/log.ts';
import { Spill } from './spill.ts';
import { SpillFolder } from './spill-folder.ts';

const [root, count] = process.argv.slice(2);
const folder = new SpillFolder(root!);
const spill = new Spill({ folder, log: createLog('test', 'silent'), memoryBytes: 64 * 1024 });
let number = 0;
let said = '';
setInterval(() => {
  for (let i = 0; i < 20 && number < Number(count); i++)
    spill.append(`{"number":${++number},"pad":"${'x'.repeat(180)}"}`);
  const state = `${spill.isFailing ? 'failing' : 'writing'}${spill.isExhausted ? ' exhausted' : ''}${number === Number(count) && !spill.isFailing ? ' done' : ''}`;
  if (state === said) return;
  said = state;
  process.stdout.write(`${state}\n`);
}, 5);
