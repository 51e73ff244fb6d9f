import { once } from 'node:events';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toolRules } from '../tools/tool-rules.ts';
import { Agents, AgentsError } from './agents.ts';
import { leastAgent, TestFolder } from './test-folder.ts';

const rules = toolRules({ TOOL_ALLOWED_HOSTS: '', TOOL_SECRETS_FILE: '' });
let folder: TestFolder;
let logged: PassThrough;
let agents: Agents | undefined;

beforeEach(() => {
  folder = new TestFolder();
  logged = new PassThrough({ encoding: 'utf8' });
  folder.writeAgent('default');
  folder.writeAgent('hotel');
});
afterEach(() => {
  agents?.close();
  agents = undefined;
  folder.remove();
});

async function open(recheckMs = 60_000): Promise<Agents> {
  agents = await Agents.open(folder.path, { rules, log: pino(logged), recheckMs });
  return agents;
}

/** The next thing that is logged. */
async function nextLog(): Promise<Record<string, unknown>> {
  const [line] = await once(logged, 'data');
  return JSON.parse(String(line).split('\n')[0]!);
}

describe('the agents of a process', () => {
  it('are known by the names of their folders', async () => {
    folder.write('README.md', 'no agent');
    folder.write('_drafts/agent.yaml', 'no agent');
    const { names, get } = { names: (await open()).names(), get: agents!.get('hotel') };
    expect(names).toEqual(['default', 'hotel']);
    expect(get?.name).toBe('hotel');
    expect(agents!.get('nobody')).toBeUndefined();
    expect(agents!.get('__proto__')).toBeUndefined();
  });

  it('do not start when any is wrong: every problem of every agent is named', async () => {
    folder.write('default/instructions.md', '');
    folder.write('hotel/agent.yaml', `${leastAgent['agent.yaml']}voise: x\n`);
    folder.write('third/knowledge/a.jsonl', '?');
    const error = await open().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AgentsError);
    const { message } = error as AgentsError;
    for (const place of [
      'default/instructions.md:1',
      'hotel/agent.yaml:12',
      'third/agent.yaml:1',
      'third/instructions.md:1',
      'third/knowledge/a.jsonl:1',
    ]) {
      expect(message).toContain(`${folder.path}/${place}: `);
    }
  });

  it('do not start without a default, or without a folder', async () => {
    folder.remove('default');
    await expect(open()).rejects.toThrow(/default:1: there must be an agent of this name/);
    folder.remove();
    await expect(open()).rejects.toThrow(/AGENTS_DIR\) cannot be read/);
  });
});

describe('a changed agent', () => {
  it('is taken up, and whoever has the one before keeps it', async () => {
    const before = (await open()).get('hotel');
    folder.write('hotel/instructions.md', 'Be warm.');
    expect(await nextLog()).toMatchObject({ msg: 'changed agents are taken up for new calls' });
    expect(agents!.get('hotel')?.instructions).toBe('Be warm.');
    expect(before?.instructions).toBe('Be brief.');
  });

  it('is taken up when an editor writes a new file over the old one', async () => {
    await open();
    for (const instructions of ['Be warm.', 'Be kind.']) {
      folder.write('hotel/.instructions.md.swp', instructions);
      renameSync(`${folder.path}/hotel/.instructions.md.swp`, `${folder.path}/hotel/instructions.md`);
      await nextLog();
      expect(agents!.get('hotel')?.instructions).toBe(instructions);
    }
  });

  it('is taken up when its whole folder is replaced, and once more after that', async () => {
    await open();
    folder.writeAgent('_next', '', { 'instructions.md': 'Be new.', 'knowledge/a.txt': 'A fact.' });
    renameSync(`${folder.path}/hotel`, `${folder.path}/_old`);
    renameSync(`${folder.path}/_next`, `${folder.path}/hotel`);
    await nextLog();
    expect(agents!.get('hotel')?.instructions).toBe('Be new.');
    folder.write('hotel/knowledge/a.txt', 'Another fact.');
    await nextLog();
    expect(agents!.get('hotel')?.knowledge.facts[0]?.text).toBe('Another fact.');
  });

  it('is taken up where nobody reports changes, as behind a link that is turned', async () => {
    folder.writeAgent('_v1');
    folder.writeAgent('_v2', '', { 'instructions.md': 'Version two.' });
    rmSync(`${folder.path}/hotel`, { recursive: true });
    folder.remove('hotel');
    symlinkSync('_v1', `${folder.path}/hotel`);
    await open(20);
    folder.write('_v1/instructions.md', 'Version one.');
    await nextLog();
    rmSync(`${folder.path}/hotel`);
    symlinkSync('_v2', `${folder.path}/hotel`);
    while (agents!.get('hotel')?.instructions !== 'Version two.') await nextLog();
  });

  it('keeps its last good version while it is wrong, and says where, once', async () => {
    await open(20);
    folder.write('hotel/agent.yaml', 'language: [');
    expect(await nextLog()).toMatchObject({
      level: 50,
      problem: expect.stringContaining(`${folder.path}/hotel/agent.yaml:1: is not YAML`),
    });
    expect(agents!.get('hotel')?.reflexes).toEqual(['Mm-hmm.', 'Let me see.']);
    // Looked at again many times by now, had it been looked at in vain.
    folder.write('default/instructions.md', 'Be warm.');
    expect(await nextLog()).toMatchObject({ agents: { default: expect.any(String) } });
    folder.write('hotel/agent.yaml', `${leastAgent['agent.yaml']}voice: cedar\n`);
    while (!('agents' in (await nextLog())));
    expect(agents!.get('hotel')?.voice).toBe('cedar');
  });

  it('does not wait for another that is wrong', async () => {
    await open();
    folder.write('default/agent.yaml', 'language: [');
    folder.write('hotel/instructions.md', 'Be warm.');
    await nextLog();
    expect(agents!.get('hotel')?.instructions).toBe('Be warm.');
    expect(agents!.get('default')).toBeDefined();
  });

  it('is one more, or one less; the default stays in any case', async () => {
    await open();
    folder.writeAgent('third');
    while (!agents!.names().includes('third')) await nextLog();
    folder.remove('third');
    while (agents!.names().includes('third')) await nextLog();
    folder.remove('default');
    while (!('problem' in (await nextLog())));
    expect(agents!.names()).toEqual(['default', 'hotel']);
  });
});
