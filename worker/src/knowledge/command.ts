// `npm run knowledge -- add|list|remove`: what agents know beside their folders, changed while calls run.
import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from '@vjj/shared/config.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { connectRedis, redisReady } from '@vjj/shared/control/redis.ts';
import { createLog } from '@vjj/shared/log.ts';
import { problemText } from '../agents/problem.ts';
import { Chroma } from '../chroma/chroma.ts';
import { readDocuments } from './documents/read-documents.ts';
import { KnowledgeChange } from './knowledge-change.ts';
import type { PackVersion } from './pack-version.ts';
import { readVersion, readVersions } from './pack-version.ts';
import { readStored } from './stored-fact.ts';

const help = `npm run knowledge -- add <files…> [--agent default] [--language en]
npm run knowledge -- remove <names…> [--agent default]
npm run knowledge -- list [--json]

  add      reads .jsonl (facts: id, text, source, timestamp, category), .md, .txt, .html and .pdf, all or none;
           a file of the same name is replaced
  remove   takes out files by name
  list     what is in force

Calls in progress take up a change as a whole within seconds. It is the recorder that does the work: ending this
command does not stop it. --data <folder>: of the start that keeps its data there.`;

/** Nothing was changed; the message is for whoever typed the command. */
class Refusal extends Error {}

const redisLimitMs = 5000;
const barWidth = 30;

try {
  process.exitCode = await main();
} catch (error) {
  const isForTheUser = error instanceof Refusal || error instanceof ConfigError;
  console.error(isForTheUser ? error.message : `${(error as Error).message}`);
  process.exitCode = 1;
}
// Connections that still try to be made keep nobody waiting.
process.exit();

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      agent: { type: 'string', default: 'default' },
      tenant: { type: 'string', default: 'default' },
      language: { type: 'string', default: 'en' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, ...names] = positionals;
  if (values.help || command === undefined || !['add', 'remove', 'list'].includes(command)) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  // What were given to another would be in force, and heard by nobody.
  if (command === 'add' && values.tenant !== 'default')
    throw new Refusal('there are no tenants yet, every caller is of "default": leave --tenant out');
  if (command !== 'list' && names.length === 0) throw new Refusal(`${command} what? Name at least one file.`);

  const config = readConfig({ LINK_SECRET: 'no links are made here', ...process.env });
  const log = createLog('knowledge', 'silent');
  const keys = keysOf(config.CLUSTER_NAME);
  const redis = connectRedis(config.REDIS_URL, log);
  await redisReady(redis, redisLimitMs);
  if (command === 'list') {
    show([...(await readVersions(redis, keys)).values()], values.json);
    return 0;
  }
  if (config.CHROMA_URL === '')
    throw new Refusal('CHROMA_URL is not set: there is nowhere to keep knowledge');
  const chroma = new Chroma(config.CHROMA_URL);
  const owner = { tenant: values.tenant, agent: values.agent };
  const current = await readVersion(redis, keys, owner);
  const change = new KnowledgeChange({ redis, keys, config, log, owner, current });
  if (command === 'remove') {
    const known = new Set(current?.files.map(({ name }) => name));
    const unknown = names.filter((name) => !known.has(name));
    if (unknown.length > 0)
      throw new Refusal(`there is no ${unknown.join(', ')}; there is ${[...known].join(', ') || 'nothing'}`);
    await change.apply([], new Set(names), bar);
  } else {
    const replaced = new Set(names.map((path) => path.replace(/^.*[\\/]/, '')));
    const taken = await takenIds(chroma, current, replaced);
    const read = await readDocuments(names, values.language, taken);
    if (!read.ok) {
      const list = read.problems.map(problemText).join('\n  ');
      throw new Refusal(`nothing was changed; ${read.problems.length} problem(s):\n  ${list}`);
    }
    await change.apply(read.documents, replaced, bar);
  }
  const now = await readVersion(redis, keys, owner);
  console.log(`${owner.agent} (tenant ${owner.tenant}): ${now?.facts ?? 0} facts are in force`);
  return 0;
}

/** Ids that stay, and where they come from. */
async function takenIds(
  chroma: Chroma,
  current: PackVersion | undefined,
  replaced: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  if (current === undefined || current.collection === '') return taken;
  const collection = await chroma.find(current.collection);
  if (collection === undefined)
    throw new Refusal('Chroma does not have the version in force; remove its files and add them again');
  for await (const { facts } of readStored(collection)) {
    for (const { fact, file, line } of facts) if (!replaced.has(file)) taken.set(fact.id, `${file}:${line}`);
  }
  return taken;
}

function show(versions: readonly PackVersion[], asJson: boolean): void {
  if (asJson) {
    console.log(JSON.stringify(versions, null, 2));
    return;
  }
  if (versions.length === 0) console.log('Nothing was added; agents know what is in their folders.');
  for (const { tenant, agent, version, facts, files, at } of versions) {
    console.log(
      `${agent} (tenant ${tenant}): ${facts} facts, version ${version} of ${new Date(at).toISOString()}`,
    );
    for (const file of files)
      console.log(`  ${file.name}: ${file.facts} facts, since ${new Date(file.at).toISOString()}`);
  }
}

function bar(done: number, all: number): void {
  const share = all === 0 ? 1 : done / all;
  const full = Math.round(share * barWidth);
  const text = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${done} of ${all} facts embedded`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}${done === all ? '\n' : ''}`);
  else console.error(text);
}
