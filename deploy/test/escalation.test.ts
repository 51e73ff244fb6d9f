import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharedTestbed } from './shared-testbed.ts';
import { lines, testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

const secret = 'a secret of sixteen letters';

interface Told {
  type: string;
  id: string;
  session: string;
  agent: string;
  decision: string;
  reasonCodes: string[];
  severity: number;
  context: { speaker: string; text: string }[];
}

const told: { body: string; signature: string }[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    told.push({ body, signature: String(request.headers['x-vjj-signature']) });
    response.writeHead(204).end();
  });
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
afterAll(() => receiver.close());

const shared = sharedTestbed({
  workers: 1,
  recorders: 1,
  env: {
    AGENTS_DIR: testAgents,
    ESCALATION_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
    ESCALATION_WEBHOOK_SECRET: secret,
  },
  script: { answers: [{ say: 'I see.' }], heard: ['I want to kill myself.'], inputTranscriptMs: 0 },
  neverLogged: ['kill myself', 'Zebulon'],
});
beforeAll(() => linesReady(shared.bed));

it.each(['typed', 'spoken'])(
  'a person is told of a caller in danger, %s, with what was said and nothing personal',
  async (how) => {
    told.length = 0;
    await using caller = await TestCaller.started(shared.bed.wsUrl);
    await caller.asks('My card is 4111 1111 1111 1111, and I am not well.');
    if (how === 'typed') caller.send({ type: 'text.input', text: 'I want to kill myself.' });
    else {
      caller.send({ type: 'user.barge_in' });
      caller.speak();
    }
    await expect.poll(() => caller.ofType('transcript').at(-1)?.text, { timeout: 20_000 }).toBe(lines.crisis);

    await expect.poll(() => told.length, { timeout: 20_000 }).toBe(1);
    const { body, signature } = told[0]!;
    const [, at, signed] = /^t=(\d+),v1=(\w+)$/.exec(signature) ?? [];
    expect(createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')).toBe(signed);
    const escalation = JSON.parse(body) as Told;
    expect(escalation).toMatchObject({
      type: 'escalation',
      agent: 'default',
      decision: 'escalate',
      reasonCodes: ['MODERATION:SELF_HARM'],
      severity: 5,
    });
    expect(escalation.session).toBe(caller.ofType('session.ready')[0]?.sessionId);
    expect(escalation.context.map(({ speaker }) => speaker)).toEqual(['user', 'assistant', 'user']);
    expect(escalation.context[0]?.text).toBe('My card is [card number], and I am not well.');
    expect(escalation.context[2]?.text).toMatch(/^I want to kill myself/);
  },
);
