// A process that takes over what dead ones left and says what it has: `node test-adopter.ts <root>`.
import { SpillFolder } from './spill-folder.ts';

const folder = new SpillFolder(process.argv[2]!);
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  await folder.adopt();
  process.stdout.write(`${JSON.stringify(await folder.segments())}\n`);
});
// Lives on: what it has taken must not be taken from it.
setInterval(() => undefined, 1000);
