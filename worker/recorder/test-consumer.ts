// A recorder of its own for a test: takes the memory queue, and is killed by what says so.
import { createLog } from '@vjj/shared/log.ts';
import { z } from 'zod';
import { Consumer } from './consumer.ts';

const [redisUrl = '', lockMs = ''] = process.argv.slice(2);
new Consumer({
  queue: 'memory',
  schema: z.object({ v: z.literal(1), what: z.string() }),
  concurrency: 1,
  async handle({ what }) {
    process.stdout.write(`${what}\n`);
    if (what === 'poison') process.kill(process.pid, 'SIGKILL');
  },
  lockMs: Number(lockMs),
  redisUrl,
  cluster: 'test',
  log: createLog('test', 'silent'),
});
process.stdout.write('up\n');
