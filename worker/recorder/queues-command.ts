import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from '@vjj/shared/config.ts';
import { redisHosts } from '@vjj/shared/control/redis-address.ts';
import { createLog } from '@vjj/shared/log.ts';
import {
  deadLetterQueue,
  deadLetterSchema,
  type QueueName,
  queueNames,
  queuePrefix,
} from '@vjj/shared/queues.ts';
import { type Job, Queue } from 'bullmq';
import { producerConnection } from '../src/queues/connection.ts';
import { jobOptions } from '../src/queues/job-options.ts';
import { QueueWatch } from './queue-watch.ts';

const help = `npm run queues -- <what>

  list                       all queues: waiting, active, delayed, dead, age of the oldest
  failed <queue>             the jobs of a queue that could not be done, and why
  retry <queue> <id>|all     hands them over once more
  drop <queue> <id>|all      throws them away for good

  queues: ${queueNames.join(', ')}
  --json                     for programs
  --data <folder>            those of the start that keeps its data there

It reads REDIS_URL and CLUSTER_NAME, or asks the cluster that \`npm start\` runs on this machine.`;

const waitMs = 10_000;

/** A problem the user can do something about. */
class Problem extends Error {}

try {
  await run();
  process.exit(0);
} catch (error) {
  const isForTheUser = error instanceof Problem || error instanceof ConfigError;
  const { message, code } = error as NodeJS.ErrnoException;
  if (!isForTheUser && !code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(message);
  process.exit(2);
}

async function run(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  const [what, name, id] = positionals;
  if (values.help || what === undefined) {
    console.log(help);
    return;
  }
  const config = readConfig({ LINK_SECRET: 'not needed for this', ...process.env });
  const connection = producerConnection(config.REDIS_URL);
  const open = (queue: string) => {
    const opened = new Queue(queue, { prefix: queuePrefix(config.CLUSTER_NAME), connection });
    opened.on('error', () => undefined);
    return opened;
  };
  await reachable(open('audit'), config.REDIS_URL);
  if (what === 'list') return list(config.REDIS_URL, config.CLUSTER_NAME, values.json);
  if (!['failed', 'retry', 'drop'].includes(what)) throw new Problem(help);
  if (!isQueue(name))
    throw new Problem(`there is no queue ${name ?? ''}; there are ${queueNames.join(', ')}`);
  const dead = open(deadLetterQueue(name));
  if (what === 'failed') return failed(await letters(dead), values.json);
  if (id === undefined) throw new Problem(`say which: an id as \`failed ${name}\` lists them, or all`);
  const chosen = (await letters(dead)).filter((job) => id === 'all' || job.id === id);
  if (chosen.length === 0) throw new Problem(`no job ${id} could not be done; see \`failed ${name}\``);
  if (what === 'retry') await retry(chosen, open(name), name);
  else for (const job of chosen) await job.remove();
  console.log(`${chosen.length} ${what === 'retry' ? 'handed over again' : 'dropped'}`);
}

async function reachable(queue: Queue, url: string): Promise<void> {
  const timeUp = new Promise<never>((_, reject) => {
    setTimeout(
      reject,
      waitMs,
      new Problem(`no Redis answers at ${redisHosts(url)}; is it REDIS_URL?`),
    ).unref();
  });
  await Promise.race([queue.waitUntilReady(), timeUp]);
}

async function list(redisUrl: string, cluster: string, isJson: boolean): Promise<void> {
  const watch = new QueueWatch({
    redisUrl,
    cluster,
    log: createLog('queues', 'silent'),
    periodMs: waitMs,
  });
  await watch.look();
  if (isJson) {
    console.log(JSON.stringify(watch.status, null, 2));
    return;
  }
  console.log('queue        waiting  active  delayed    dead  oldest');
  for (const { queue, waiting, active, delayed, dead, oldestAgeMs } of watch.status) {
    const cells = [waiting, active, delayed, dead].map((count) => String(count).padStart(8)).join('');
    console.log(
      `${queue.padEnd(12)}${cells}  ${oldestAgeMs === 0 ? '-' : `${(oldestAgeMs / 1000).toFixed(1)} s`}`,
    );
  }
}

async function letters(dead: Queue): Promise<Job[]> {
  return dead.getJobs(['waiting'], 0, -1, true);
}

function failed(jobs: readonly Job[], isJson: boolean): void {
  const read = jobs.map((job) => deadLetterSchema.parse(job.data));
  if (isJson) {
    // Not the data: it may hold what people said.
    console.log(
      JSON.stringify(
        read.map(({ data: _data, ...rest }) => rest),
        null,
        2,
      ),
    );
    return;
  }
  if (read.length === 0) console.log('none');
  for (const { id, reason, attempts, failedAt } of read) {
    console.log(`${id}\n  ${new Date(failedAt).toISOString()}  ${attempts} attempts  ${reason}`);
  }
}

async function retry(jobs: readonly Job[], live: Queue, name: QueueName): Promise<void> {
  for (const job of jobs) {
    const { id, data } = deadLetterSchema.parse(job.data);
    await live.add(name, data, { ...jobOptions[name], jobId: id });
    await job.remove();
  }
}

function isQueue(name: string | undefined): name is QueueName {
  return (queueNames as readonly (string | undefined)[]).includes(name);
}
