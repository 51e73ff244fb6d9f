import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { runProgram } from '../src/run-program.ts';
import { waitFor } from '../src/wait-for.ts';
import { sharedTestbed } from './shared-testbed.ts';
import { testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';

const shared = sharedTestbed({
  workers: 1,
  recorders: 1,
  chroma: true,
  env: { AGENTS_DIR: testAgents, OUTPUT_LEAD_MS: '10000', HEARTBEAT_MS: '300', LEASE_MS: '2000' },
  script: { speedUp: 20, firstAudioMs: 0 },
  neverLogged: ['zanzibar', 'marmalade'],
});

const folder = mkdtempSync(join(tmpdir(), 'vjj-update-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const knowledge = (...args: string[]) =>
  runProgram(process.execPath, [inProject('worker/src/knowledge/command.ts'), ...args], {
    env: {
      ...process.env,
      REDIS_URL: shared.bed.redisUrl,
      CHROMA_URL: shared.bed.chromaUrl,
      CLUSTER_NAME: shared.bed.clusterName,
    },
  });

/** What the answer to a question stands on. */
async function citations(caller: TestCaller, question: string): Promise<string[]> {
  const from = caller.messages.length;
  caller.send({ type: 'text.input', text: question });
  await caller.next('response.end');
  return caller.messages.slice(from).flatMap((message) => (message.type === 'citation' ? [message.id] : []));
}
const cites = (caller: TestCaller, question: string, id: string) =>
  waitFor(`${id} cited`, async () => (await citations(caller, question)).includes(id) || undefined);

const knowledgeStatus = async () =>
  (await shared.bed.status()).workers.find(({ state }) => state === 'up')?.knowledge;
const question = 'Do you deliver to Zanzibar?';

it('what is added is known to a call in progress, replaced as a whole, and gone once it is removed', async () => {
  await using caller = await TestCaller.started(shared.bed.wsUrl);
  expect(await citations(caller, question)).toEqual([]);

  const added = await knowledge(
    'add',
    file('places.md', '# Delivery\n\nWe deliver to Zanzibar within nine days.\n'),
  );
  expect(added).toMatchObject({ code: 0, output: expect.stringContaining('1 facts are in force') });
  await cites(caller, question, 'places-1');

  await knowledge(
    'add',
    file('places.md', '# News\n\nToday is quiet.\n\n# Delivery\n\nZanzibar is served by boat.\n'),
  );
  await cites(caller, question, 'places-2');
  const list = await knowledge('list');
  expect(list.output).toMatch(/default \(tenant default\): 2 facts.*\n {2}places\.md: 2 facts/);

  expect((await knowledge('remove', 'places.md')).code).toBe(0);
  await waitFor('it to be gone', async () => (await citations(caller, question)).length === 0 || undefined);
});

it('what is wrong is told with file and line, and nothing of it is taken', async () => {
  const good = file('good.md', 'A good fact about marmalade.');
  const bad = file('bad.jsonl', '{"id":"a","text":"t","source":"s"}\n{"id":"a","text":"t","source":"s"}');
  const { code, output } = await knowledge('add', good, bad);
  expect(code).toBe(1);
  expect(output).toMatch(
    /nothing was changed; 1 problem\(s\):\n.*bad\.jsonl:2: the id a is taken, see bad\.jsonl:1/,
  );
  expect((await knowledge('list')).output).not.toContain('good.md');
  expect(await knowledge('remove', 'nothing.md')).toMatchObject({
    code: 1,
    output: expect.stringContaining('there is no nothing.md'),
  });
});

it('a recorder killed in the middle of it is followed by one that ends it', async () => {
  const lines = Array.from({ length: 400 }, (_, index) =>
    JSON.stringify({
      id: `m${index}`,
      text: `Marmalade number ${index} tastes of fruit ${index}.`,
      source: 'book',
    }),
  );
  const adding = knowledge('add', file('many.jsonl', lines.join('\n')));
  const { recorder } = shared.bed;
  await waitFor('some of it in Chroma', async () => (await storedFacts()) > 0 || undefined);
  recorder!.kill('SIGKILL');
  await recorder!.exited;
  await recorder!.start();
  expect((await adding).output).toContain('400 facts are in force');
  await using caller = await TestCaller.started(shared.bed.wsUrl);
  await cites(caller, 'How does marmalade number 250 taste?', 'm250');
}, 120_000);

it('a call is answered from memory while Chroma is away, after a restart from disk, and the status says so', async () => {
  await waitFor('all well', async () => (await knowledgeStatus()) === 'ok' || undefined);
  shared.bed.chroma!.kill('SIGSTOP');
  try {
    await waitFor('the status', async () => (await knowledgeStatus())?.startsWith('cached') || undefined);
    await using during = await TestCaller.started(shared.bed.wsUrl);
    expect(await citations(during, 'How does marmalade number 251 taste?')).toContain('m251');
    const [worker] = shared.bed.primaries.worker;
    await worker!.stop(1000);
    await worker!.start();
    await using after = await waitFor('a call that is taken', () => TestCaller.started(shared.bed.wsUrl));
    expect(await citations(after, 'How does marmalade number 252 taste?')).toContain('m252');
  } finally {
    shared.bed.chroma!.kill('SIGCONT');
  }
  await waitFor('all well again', async () => (await knowledgeStatus()) === 'ok' || undefined);
});

/** In the fullest collection. */
async function storedFacts(): Promise<number> {
  const base = `${shared.bed.chromaUrl}/api/v2/tenants/default_tenant/databases/default_database/collections`;
  const collections = (await (await fetch(base)).json()) as { id: string }[];
  const counts = await Promise.all(
    collections.map(async ({ id }) => Number(await (await fetch(`${base}/${id}/count`)).text())),
  );
  return Math.max(0, ...counts);
}
