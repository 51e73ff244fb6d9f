// `npm run memory -- show|forget`: what is kept of a caller, and an end to it.

import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Config, ConfigError, readConfig } from '@vjj/shared/config.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { connectRedis, redisReady } from '@vjj/shared/control/redis.ts';
import { identitySecretHere } from '@vjj/shared/evidence/local-key.ts';
import { createLog } from '@vjj/shared/log.ts';
import { Chroma } from '../chroma/chroma.ts';
import { personId } from '../evidence/person.ts';
import { JobProducer } from '../queues/job-producer.ts';
import { Memories } from './memories.ts';
import type { ForgetJob } from './memory-jobs.ts';

const help = `npm run memory -- show <user> [--tenant default] [--json]
npm run memory -- forget <user> [--tenant default]

  show     what is kept of a caller
  forget   removes it from Chroma and Redis; calls that began before are not remembered either, however late
           their summaries come. The audit trail is another matter: npm run audit -- erase <user>

  <user>   a person id (p_…), as evidence names it, or --fingerprint <fingerprint>
  --data <folder>: of the start that keeps its data there`;

class Refusal extends Error {}

const redisLimitMs = 5000;
const doneLimitMs = 60_000;

try {
  process.exitCode = await main();
} catch (error) {
  const { message } = error as Error;
  console.error(error instanceof Refusal || error instanceof ConfigError ? message : `it failed: ${message}`);
  process.exitCode = 1;
}
// Connections that still try to be made keep nobody waiting.
process.exit();

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      tenant: { type: 'string', default: 'default' },
      fingerprint: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, given] = positionals;
  if (values.help || (command !== 'show' && command !== 'forget')) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  const config = readConfig({ LINK_SECRET: 'no links are made here', ...process.env });
  const { tenant } = values;
  const user = given ?? userOf(config, tenant, values.fingerprint);
  if (!/^p_[\w-]{20,100}$/.test(user)) throw new Refusal(`${user} is no person id; those begin with p_`);
  if (config.CHROMA_URL === '') throw new Refusal('CHROMA_URL is not set: nothing is kept of callers');
  const memories = new Memories(new Chroma(config.CHROMA_URL), config.CLUSTER_NAME);
  const log = createLog('memory', 'silent');
  const keys = keysOf(config.CLUSTER_NAME);
  const redis = connectRedis(config.REDIS_URL, log);
  await redisReady(redis, redisLimitMs);
  if (command === 'show') {
    const kept = await memories.of({ tenant, user });
    const sessions = Number((await redis.hget(keys.caller(tenant, user), 'sessions')) ?? 0);
    if (values.json) console.log(JSON.stringify({ user, tenant, sessions, memories: kept }, null, 2));
    else {
      console.log(`${user} (tenant ${tenant}): ${sessions} sessions`);
      for (const { kind, text, session, at } of kept)
        console.log(`  ${new Date(at).toISOString()} ${session} ${kind}: ${text}`);
    }
    return 0;
  }
  const job: ForgetJob = { v: 1, kind: 'forget', tenant, user };
  const jobs = new JobProducer('memory', { url: config.REDIS_URL, cluster: config.CLUSTER_NAME, log });
  const before = await redis.get(keys.forgotten(tenant, user));
  await retried(() => jobs.add([{ data: job }]));
  const end = Date.now() + doneLimitMs;
  while (
    (await redis.get(keys.forgotten(tenant, user))) === before ||
    (await memories.of({ tenant, user })).length > 0
  ) {
    if (Date.now() > end)
      throw new Refusal('no recorder has done it yet; it is handed over and done as soon as one runs');
    await pause(100);
  }
  console.log(`${user} (tenant ${tenant}) is forgotten`);
  return 0;
}

function userOf(config: Config, tenant: string, fingerprint: string | undefined): string {
  if (fingerprint === undefined || fingerprint === '')
    throw new Refusal('whom? A person id, or --fingerprint');
  return personId(identitySecretHere(config), tenant, fingerprint, '');
}

/** The queue's connection is only being made. */
async function retried(work: () => Promise<void>): Promise<void> {
  const end = Date.now() + redisLimitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(50);
    }
  }
}
