import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { searchKnowledge } from '../knowledge/search-knowledge.ts';
import { toolRules } from '../tools/tool-rules.ts';
import { loadAgent } from './load-agent.ts';
import { problemText } from './problem.ts';
import { leastAgent, TestFolder } from './test-folder.ts';

const rules = toolRules({ TOOL_ALLOWED_HOSTS: '127.0.0.1:8088', TOOL_SECRETS_FILE: '' });
let folder: TestFolder;
beforeEach(() => {
  folder = new TestFolder();
});
afterEach(() => folder.remove());

/** What is wrong with the agent, without the way to it. */
async function problems(more = '', files: Record<string, string> = {}): Promise<string[]> {
  folder.writeAgent('a', more, files);
  const loaded = await loadAgent(`${folder.path}/a`, rules);
  return loaded.ok
    ? []
    : loaded.problems.map(problemText).map((text) => text.replace(`${folder.path}/a/`, ''));
}

async function load(more = '', files: Record<string, string> = {}) {
  folder.writeAgent('a', more, files);
  const loaded = await loadAgent(`${folder.path}/a`, rules);
  if (!loaded.ok) throw new Error(loaded.problems.map(problemText).join('\n'));
  return loaded.agent;
}

const fact = (id: string, text = 'A fact.') => JSON.stringify({ id, text, source: 'test' });

describe('the agents that come along', () => {
  it.each(['default', 'hotel-desk'])('%s is right', async (name) => {
    const loaded = await loadAgent(fileURLToPath(new URL(`../../../agents/${name}`, import.meta.url)), rules);
    expect(loaded).toMatchObject({ ok: true, agent: { name } });
  });
});

describe('an agent', () => {
  it('needs little, and has defaults for the rest', async () => {
    expect(await load()).toMatchObject({
      name: 'a',
      language: 'en',
      voice: undefined,
      voiceMode: 'push-to-talk',
      turnDetection: { type: 'server_vad', threshold: 0.6, prefix_padding_ms: 300, silence_duration_ms: 700 },
      instructions: 'Be brief.',
      reflexes: ['Mm-hmm.', 'Let me see.'],
      allowedClaims: [],
      tools: [],
    });
  });

  it('cannot be changed by a session', async () => {
    const agent = await load('', { 'knowledge/a.jsonl': fact('one') });
    expect(Object.isFrozen(agent)).toBe(true);
    expect(Object.isFrozen(agent.fallbacks)).toBe(true);
    expect(Object.isFrozen(agent.policy.thresholds)).toBe(true);
    expect(Object.isFrozen(agent.knowledge.facts[0])).toBe(true);
  });

  it('has another version when any of its files differs', async () => {
    const one = await load('', { 'knowledge/a.txt': 'One.' });
    const other = await load('', { 'knowledge/a.txt': 'Two.' });
    const again = await load('', { 'knowledge/a.txt': 'One.' });
    expect(other.version).not.toBe(one.version);
    expect(again.version).toBe(one.version);
  });

  it('knows what stands in files of all three kinds', async () => {
    const { knowledge } = await load('', {
      'knowledge/a.jsonl': fact('giraffe', 'The giraffe is in the garden.'),
      'knowledge/b.md': '# Trampoline\nIt is in the cellar.',
      'knowledge/c.txt': 'The piano is out of tune.',
      'knowledge/.DS_Store': '\u0001',
      'knowledge/c.txt~': 'The piano is in tune.',
    });
    const limits = { topK: 5, maxTokens: 600, maxBytes: 4000 };
    const ids = ['giraffe', 'trampoline', 'piano'].map(
      (word) => searchKnowledge([knowledge], word, limits)[0]?.id,
    );
    expect(ids).toEqual(['giraffe', 'b/trampoline', 'c-1']);
    expect(knowledge.facts).toHaveLength(3);
  });

  it('offers the tools that are enabled', async () => {
    const tool = (name: string, enabled: boolean) =>
      `  - { name: ${name}, description: d, enabled: ${enabled}, url: 'http://127.0.0.1:8088/', arguments: { type: object } }\n`;
    const { tools } = await load(`tools:\n${tool('on', true)}${tool('off', false)}`);
    expect(tools.map(({ name }) => name)).toEqual(['on']);
  });
});

describe('an agent that is wrong says where', () => {
  it.each([
    ['voise: marin', /^agent\.yaml:12: voise: there is no such field; did you mean voice\?$/],
    ['voice: 7', /^agent\.yaml:12: voice: must be string, received number$/],
    [
      'voice_mode: open_mic',
      /^agent\.yaml:12: voice_mode: .*"push-to-talk"\|"open-mic"; did you mean open-mic\?$/,
    ],
    [
      'turn_detection: { type: vad }',
      /^agent\.yaml:12: turn_detection\.type: must be server_vad or semantic_vad$/,
    ],
    [
      'turn_detection:\n  type: server_vad\n  treshold: 0.5',
      /^agent\.yaml:14: .*treshold: .*did you mean threshold\?$/,
    ],
    [
      'turn_detection:\n  type: server_vad\n  threshold: 7',
      /^agent\.yaml:14: turn_detection\.threshold: must be <=1$/,
    ],
    [
      'allowed_claims:\n  - { id: x }',
      /^agent\.yaml:13: allowed_claims\[1\]\.text is missing \(the claim\)$/,
    ],
    ['disallowed_claims: none', /^agent\.yaml:12: disallowed_claims: must be array, received string$/],
    [
      'policy: { thresholds: { SELF_HARM: 80 } }',
      /^agent\.yaml:12: policy\.thresholds\.SELF_HARM: must be <=1$/,
    ],
    [
      'policy: { exceptions: [shot of whisky, jailbreak.ignore] }',
      /^agent\.yaml:12: there is no rule “jailbreak\.ignore”; there are .*jailbreak\.ignore-instructions/,
    ],
    [
      'policy: { thresholds: { violence: 0.8 } }',
      /^agent\.yaml:12: policy\.thresholds\.violence: there is no such/,
    ],
    [
      'policy: { extra_phrases: [{ phrase: x, category: WIDGETS }] }',
      /^agent\.yaml:12: policy\.extra_phrases\[1\]\.category: must be one of /,
    ],
    [
      "policy: { extra_phrases: [{ phrase: '(a+)+$' }] }",
      /^agent\.yaml:12: the phrase “\(a\+\)\+\$” looks like a regular expression; phrases are words/,
    ],
    ["policy: { exceptions: ['kill|hurt you'] }", /^agent\.yaml:12: the phrase “kill\|hurt you” looks like/],
    ["policy: { exceptions: ['!!'] }", /^agent\.yaml:12: the phrase “!!” has no words$/],
    ['policy:\n  exeptions: [a]', /^agent\.yaml:13: policy\.exeptions: .*did you mean exceptions\?$/],
    ['language: en', /^agent\.yaml:12: is not YAML: Map keys must be unique$/],
    ['voice: [', /^agent\.yaml:1[23]: is not YAML/],
    ['voice: *nobody', /^agent\.yaml:1?\d: is not YAML/],
    ['\ttabs: 1', /^agent\.yaml:1[12]: is not YAML/],
  ])('%j', async (more, problem) => {
    expect(await problems(`${more}\n`)).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    [
      'a claim both allowed and not',
      'allowed_claims:\n  - { id: quiet, text: The rooms are quiet. }\ndisallowed_claims:\n  - the room is QUIET',
      /:15: .*also allowed .*quiet/,
    ],
    [
      'a disclaimer that is nowhere',
      'allowed_claims:\n  - { id: x, text: y, disclaimer: z }',
      /:13: there is no disclaimer of the id z/,
    ],
    [
      'a claim that is nowhere',
      'disclaimers:\n  - id: d\n    text: t\n    when:\n      claims: [x]',
      /:16: there is no allowed claim of the id x/,
    ],
    [
      'a fact that is nowhere',
      'disclaimers:\n  - id: d\n    text: t\n    when: { facts: [x] }',
      /:15: no fact has the id or category x/,
    ],
    [
      'a claim id twice',
      'allowed_claims:\n  - { id: x, text: y }\n  - { id: x, text: z }',
      /:14: allowed_claims: id x is used twice, first by the first entry/,
    ],
    [
      'a disclaimer id twice',
      'disclaimers:\n  - { id: x, text: y }\n  - { id: x, text: z }',
      /:14: disclaimers: id x is used twice/,
    ],
    [
      'a tool of a taken name',
      'tools:\n  - { name: search_knowledge, description: d, url: "http://127.0.0.1:8088/", arguments: { type: object } }',
      /:13: tools: search_knowledge is the built-in search/,
    ],
    [
      'a tool whose pattern some texts would keep busy for ever',
      'tools:\n  - name: t\n    description: d\n    enabled: false\n    url: http://127.0.0.1/\n    arguments:\n      type: object\n      properties: { a: { type: string, pattern: "^(a+)+$" } }',
      /:17: tool t, arguments: .*the pattern "\^\(a\+\)\+\$" repeats what can itself be repeated/,
    ],
    [
      'a tool on a host that is not allowed',
      'tools:\n  - name: t\n    description: d\n    url: http://10.0.0.1/\n    arguments: { type: object }',
      /:15: tool t, url: host 10\.0\.0\.1 is not one of TOOL_ALLOWED_HOSTS/,
    ],
  ])('contradiction: %s', async (_, more, problem) => {
    expect(await problems(`${more}\n`)).toEqual([expect.stringMatching(problem)]);
  });

  it('does not take a claim and its negation for the same', async () => {
    const more =
      'allowed_claims:\n  - { id: x, text: The kitchen is not safe for allergies. }\ndisallowed_claims: [The kitchen is safe for allergies.]\n';
    expect(await problems(more)).toEqual([]);
  });

  it.each([
    ['reflexes: [Mm-hmm.]', /:2: reflexes: must be at least two/],
    ['reflexes: [Mm-hmm., mm-hmm.]', /:2: reflex “mm-hmm.” is there twice/],
    ['reflexes: [Mm-hmm., Sure.]', /:2: reflex “Sure.” commits to something \(“sure”\)/],
    [`reflexes: [Mm-hmm., ${'m'.repeat(41)}]`, /:2: reflexes\[2\]: has more than 40 characters/],
    ['', /:1: reflexes is missing \(short acknowledgements/],
  ])('reflexes: %s', async (line, problem) => {
    const yaml = leastAgent['agent.yaml'].replace(
      'reflexes: [Mm-hmm., Let me see.]\n',
      line === '' ? '' : `${line}\n`,
    );
    expect(await problems('', { 'agent.yaml': yaml })).toEqual([expect.stringMatching(problem)]);
  });

  it.each(['english', 'x', '12', 'en_US', ''])('language: “%s”', async (language) => {
    const yaml = leastAgent['agent.yaml'].replace('language: en', `language: '${language}'`);
    expect(await problems('', { 'agent.yaml': yaml })).toEqual([
      expect.stringMatching(/^agent\.yaml:1: language: must be a language by its code/),
    ]);
  });

  it.each(['', 'just text', '[]', '- a', '42', 'null', '---\na: 1\n---\nb: 2'])(
    'agent.yaml: %j',
    async (yaml) => {
      const [first] = await problems('', { 'agent.yaml': yaml });
      expect(first).toMatch(/^agent\.yaml:\d+: /);
    },
  );

  it('with a knowledge line that is no JSON', async () => {
    const files = { 'knowledge/a.jsonl': `${fact('one')}\n{"id": "two", oops\n` };
    expect(await problems('', files)).toEqual([expect.stringMatching(/^knowledge\/a\.jsonl:2: is not JSON/)]);
  });

  it('with a fact id used twice, naming both places', async () => {
    const files = { 'knowledge/a.jsonl': `${fact('one')}\n`, 'knowledge/b.jsonl': `\n${fact('one')}\n` };
    expect(await problems('', files)).toEqual([
      'knowledge/b.jsonl:2: the id one is taken, see knowledge/a.jsonl:1',
    ]);
  });

  it('with files that cannot be read as they should', async () => {
    folder.write('a/knowledge/data.pdf', '%PDF');
    folder.write('a/instructions.md', ' \n');
    folder.write('a/agent.yaml', '');
    expect(await problems('', { 'instructions.md': ' \n', 'knowledge/data.pdf': '%PDF' })).toEqual([
      'instructions.md:1: is empty; it must tell the agent what to do',
      'knowledge/data.pdf:1: is none of .jsonl, .md, .txt',
    ]);
  });

  it('with a name that cannot be asked for', async () => {
    folder.writeAgent('My Agent');
    const loaded = await loadAgent(`${folder.path}/My Agent`, rules);
    expect(loaded).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringMatching(/must be named/) }],
    });
  });

  it('all at once', async () => {
    const files = { 'instructions.md': '', 'knowledge/a.jsonl': 'no json' };
    const more =
      'voise: x\nallowed_claims:\n  - { id: x, text: y, disclaimer: z }\ntools:\n  - { name: t, description: d, url: "http://10.0.0.1/{x}", arguments: { type: object } }\n';
    expect((await problems(more, files)).map((text) => text.split(':').slice(0, 2).join(':'))).toEqual([
      'instructions.md:1',
      'knowledge/a.jsonl:1',
      'agent.yaml:12',
      'agent.yaml:14',
      'agent.yaml:16',
      'agent.yaml:16',
    ]);
  });
});
