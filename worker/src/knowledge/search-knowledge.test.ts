import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadAgent } from '../agents/load-agent.ts';
import { toolRules } from '../tools/tool-rules.ts';
import type { Fact } from './fact.ts';
import { type KnowledgePack, knowledgePack } from './knowledge-pack.ts';
import { searchKnowledge } from './search-knowledge.ts';

const limits = { topK: 5, maxTokens: 600, maxBytes: 4000 };

/** What people ask, as a recogniser writes it, and the fact that answers it. */
const asked: readonly (readonly [string, string])[] = [
  ['so um what is voice jib jab actually', 'what-it-is'],
  ['what happens when a worker gets killed in the middle of my call', 'takeover'],
  ['what if redis goes down', 'redis-away'],
  ['how do i start this thing', 'how-to-start'],
  ['which browsers does it work with', 'browsers'],
  ['my microphone is not working', 'microphone-permission'],
  ['can I interrupt you while you are talking', 'interrupting'],
  ['is it open source', 'licence'],
  ['what licence is it under', 'licence'],
  ['how much does it cost', 'price'],
  ['what do the lanes do', 'lanes-overview'],
  ['whats lane a', 'lane-a'],
  ['tell me about the reflex', 'lane-a'],
  ['who decides which voice is heard', 'one-speaker'],
  ['how does the policy gate work', 'policy-gate'],
  ['do you keep recordings of what i say', 'recordings'],
  ['is my personal data safe', 'privacy'],
  ['how can i have my data deleted', 'erasure'],
  ['what is stored in redis', 'redis-role'],
  ['what does a gateway do', 'gateway'],
  ['what audio format do I need to send', 'audio-format'],
  ['can i type instead of talking', 'typing'],
  ['what is push to talk', 'modes'],
  ['difference between open mic and push to talk', 'modes'],
  ['how do you avoid echo', 'echo'],
  ['how many calls can one worker take', 'capacity'],
  ['what are the limits for clients', 'limits'],
  ['how do I start a call from my own page', 'own-page'],
  ['can I embed it in our website', 'own-page'],
  ['can we build our own interface', 'own-interface'],
  ['can I use my own open ai key', 'real-key'],
  ['do I need a key to try it', 'simulated-service'],
  ['what programming language is it written in', 'language-written-in'],
  ['how do i scale it to more machines', 'scaling'],
  ['what happens during a deployment', 'drain'],
  ['how do I put it behind nginx', 'load-balancer'],
  ['is the audit trail tamper proof', 'audit-trail'],
  ['what is a pin', 'pins'],
  ['what is an epoch', 'pins'],
  ['how long is a lease', 'lease'],
  ['what happens if all workers are full', 'all-full'],
  ['how long can a call last', 'long-calls'],
  ['is there a metrics endpoint for prometheus', 'monitoring'],
  ['web socket protocol', 'protocol'],
  ['is there an s d k', 'sdk'],
  ['is there a client library sdk for node', 'sdk'],
  ['how do I run the tests', 'run-tests'],
  ['where do I configure it', 'configuration'],
  ['what does the recorder do', 'recorder'],
  ['can it call my own api tools', 'tools'],
  ['what happens when an answer is cancelled by the policy', 'fallback-lines'],
  ['do you remember me from the last time', 'memory'],
  ['how fast does it answer latency', 'latency'],
  ['what happens when the gateway dies', 'gateway-death'],
  ['do you speak german', 'languages'],
  ['how do gateways and workers trust each other', 'link-security'],
  ['how do I make my own agent', 'agents'],
  ['what is barge in', 'interrupting'],
  ['does arbitration happen in one place arbitrater', 'arbitrator'],
];

/** What nothing in the pack answers. */
const unrelated = [
  'what is the capital of france',
  'what is the weather like tomorrow',
  'can you tell me a joke',
  'how do i bake a chocolate cake',
  'who won the world cup',
  'my knee hurts what should i do',
  'play some music please',
  'i want a refund for my order',
  'what time is it in tokyo',
  'how tall is the eiffel tower',
  'book me a table for two tonight',
  'who is the president of the united states',
  'hello how are you',
  'yes please',
  'okay thanks bye',
  'do you like dogs',
  'what is the meaning of life',
  'can you help me with my tax return',
  'how do I lose weight',
  'recommend me a good book',
];

describe('the knowledge of the default agent', () => {
  let pack: KnowledgePack;
  beforeAll(async () => {
    const folder = fileURLToPath(new URL('../../../agents/default', import.meta.url));
    const loaded = await loadAgent(folder, toolRules({ TOOL_ALLOWED_HOSTS: '', TOOL_SECRETS_FILE: '' }));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    pack = loaded.agent.knowledge;
  });

  it('answers what people ask about the product: 95 of 100 among the five, 75 of 100 first', () => {
    const missed = asked.filter(
      ([question, id]) => !searchKnowledge([pack], question, limits).some((fact) => fact.id === id),
    );
    const notFirst = asked.filter(
      ([question, id]) => searchKnowledge([pack], question, limits)[0]?.id !== id,
    );
    expect(missed.length / asked.length, JSON.stringify(missed)).toBeLessThanOrEqual(0.05);
    expect(notFirst.length / asked.length, JSON.stringify(notFirst)).toBeLessThanOrEqual(0.25);
  });

  it('offers nothing for three of four questions about anything else', () => {
    const offered = unrelated.filter((question) => searchKnowledge([pack], question, limits).length > 0);
    expect(offered.length / unrelated.length, JSON.stringify(offered)).toBeLessThanOrEqual(0.25);
  });
});

describe('a search', () => {
  const facts: Fact[] = [
    { id: 'long', text: `breakfast breakfast ${'and more words about it '.repeat(40)}`, source: 's' },
    { id: 'short', text: 'breakfast at seven', source: 's' },
    { id: 'other', text: 'breakfast für 14 €', source: 's' },
  ];
  const pack = knowledgePack(facts, 'en');
  const ids = (changes: Partial<typeof limits>) =>
    searchKnowledge([pack], 'breakfast', { ...limits, ...changes })
      .map(({ id }) => id)
      .sort();

  it('gives id, text, source and score', () => {
    expect(searchKnowledge([pack], 'breakfast seven', limits)[0]).toEqual({ ...facts[1], score: 1 });
  });

  it('gives no more than it may: facts, tokens, bytes', () => {
    expect(ids({})).toEqual(['long', 'other', 'short']);
    expect(ids({ topK: 1 })).toHaveLength(1);
    expect(ids({ topK: 0 })).toEqual([]);
    expect(ids({ maxTokens: 40 })).toEqual(['other', 'short']);
    expect(ids({ maxBytes: 200 })).toEqual(['other', 'short']);
    expect(ids({ maxTokens: 1 })).toEqual([]);
  });
});
