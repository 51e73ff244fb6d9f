import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedTestbed } from './shared-testbed.ts';
import { ownAgents, testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

/** A shop's own system, which the agent asks; what it answers is told by the test. */
let answerOrder: (response: ServerResponse) => void;
const asked: string[] = [];
const shop = createServer((request, response) => {
  asked.push(request.url ?? '');
  answerOrder(response);
});
await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
const shopHost = `127.0.0.1:${(shop.address() as AddressInfo).port}`;
afterAll(() => {
  shop.closeAllConnections();
  shop.close();
});

const agents = ownAgents();
const file = join(agents, 'default/agent.yaml');
writeFileSync(
  file,
  `${readFileSync(file, 'utf8')}
tools:
  - name: find_order
    description: Finds an order.
    url: http://${shopHost}/orders/{number}
    timeout_ms: 500
    retries: 0
    arguments: { type: object, properties: { number: { type: string } }, required: [number] }
`,
);

const shared = sharedTestbed({
  workers: 1,
  // Answers leave at once: their pace is not what is tested here.
  env: { AGENTS_DIR: agents, TOOL_ALLOWED_HOSTS: shopHost, OUTPUT_LEAD_MS: '10000' },
  script: {
    heard: ['How long is the warranty of a lamp?'],
    toolCalls: [{ when: 'order', name: 'find_order', arguments: { number: '17' } }],
    answers: [{ when: 'send it back', say: 'Yes. You can send everything back for free.' }],
    speedUp: 20,
    firstAudioMs: 0,
  },
  neverLogged: ['seven years', 'tomorrow at noon', 'golden', 'back for free'],
});
beforeAll(() => linesReady(shared.bed));
const started = () => TestCaller.started(shared.bed.wsUrl);

describe('knowledge', () => {
  it.each(['typed', 'spoken'])(
    'asked for, %s, is looked up and named with what stands on it',
    async (how) => {
      await using caller = await started();
      if (how === 'typed') await caller.asks('How long is the warranty of a lamp?');
      else {
        caller.speak();
        await caller.next('response.end');
      }
      expect(caller.lastTranscript).toContain('seven years');
      expect(caller.ofType('tool.call')).toMatchObject([{ name: 'search_knowledge' }]);
      expect(caller.ofType('tool.result')).toMatchObject([{ name: 'search_knowledge' }]);
      const citations = caller.ofType('citation');
      expect(citations[0]).toMatchObject({ id: 'warranty', source: 'terms' });
      expect(citations[0]!.text).toContain('seven years');
      // With the sound that stands on it: nothing but other words, and who speaks, lies between the two.
      const between = caller.messages.filter(
        ({ seq }) => seq > citations[0]!.seq && seq < caller.ofType('audio.chunk')[0]!.seq,
      );
      const types = new Set(between.map(({ type }) => type));
      expect(
        [...types].filter(
          (type) => !['citation', 'transcript', 'lane.state_changed', 'lane.owner_changed'].includes(type),
        ),
      ).toEqual([]);
      expect(caller.ofType('response.start')).toHaveLength(1);
      expect(caller.ofType('response.end')).toHaveLength(1);
    },
  );

  it('that calls for a disclaimer is followed by it, once, in sound and words', async () => {
    await using caller = await started();
    await caller.asks('Where does the ceiling lamp hang, on which hook?');
    const said = caller.lastTranscript!;
    expect(said).toContain('hook of brass');
    expect(said.split('Please ask an electrician first.')).toHaveLength(2);
    expect(caller.laneMs('B')).toBeGreaterThan((await shared.emulator.lastResponse()).totalAudioMs + 500);
  });

  it('that must not be spoken of is withheld, and nothing of it reaches the caller', async () => {
    await using caller = await started();
    await caller.asks('What does the cellar of the founder hold?');
    expect(caller.ofType('policy.decision')).toMatchObject([
      { reasonCodes: ['MODERATION:ILLEGAL_ACTIVITY'] },
    ]);
    expect(JSON.stringify(caller.messages)).not.toContain('golden');
    expect((await shared.emulator.lastResponse()).text).not.toContain('golden');
    expect(caller.laneMs('B')).toBeGreaterThan(0);
    expect(caller.ofType('citation')).toEqual([]);
  });
});

it('a claim that needs a disclaimer is followed by it', async () => {
  await using caller = await started();
  await caller.asks('May I send it back?');
  expect(caller.lastTranscript).toBe(
    'Yes. You can send everything back for free. That holds for thirty days.',
  );
  expect(caller.laneMs('B')).toBeGreaterThan((await shared.emulator.lastResponse()).totalAudioMs + 500);
});

describe('a tool', () => {
  it('is called with what the model gives it, and its result is spoken of', async () => {
    answerOrder = (response) => response.end(JSON.stringify('It comes tomorrow at noon.'));
    await using caller = await started();
    await caller.asks('When does my order come?');
    expect(asked.at(-1)).toBe('/orders/17');
    expect(caller.lastTranscript).toContain('tomorrow at noon');
    expect(caller.ofType('tool.call')).toMatchObject([{ name: 'find_order' }]);
    expect(caller.ofType('tool.result')).toMatchObject([{ name: 'find_order' }]);
  });

  it.each([
    ['hangs', () => undefined],
    ['answers what is no JSON', (response: ServerResponse) => response.end('<html>')],
    ['fails', (response: ServerResponse) => response.writeHead(500).end()],
  ])('that %s is told to the model, and the call goes on', async (_what, answer) => {
    answerOrder = answer;
    await using caller = await started();
    await caller.asks('When does my order come?');
    expect(caller.ofType('tool.result')).toHaveLength(1);
    expect(caller.ofType('error')).toEqual([]);
    expect(caller.laneMs('B')).toBeGreaterThan(0);
    await caller.asks('How long is the warranty of a lamp?');
    expect(caller.lastTranscript).toContain('seven years');
  });

  it('whose result must not be spoken of is withheld', async () => {
    answerOrder = (response) => response.end(JSON.stringify('It holds the golden widget.'));
    await using caller = await started();
    await caller.asks('When does my order come?');
    expect(caller.ofType('policy.decision')).toHaveLength(1);
    expect(JSON.stringify(caller.messages)).not.toContain('golden');
    expect((await shared.emulator.lastResponse()).text).not.toContain('golden');
  });
});

describe('connections that wait for callers', () => {
  const warm = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, WARM_POOL_MIN: '4', WARM_POOL_MAX: '4' },
    script: { answers: [{ say: 'Yes.' }], speedUp: 50 },
  });

  it('are there before anybody calls, and spare the callers the handshake', async () => {
    const sessions = async () => (await warm.emulator.state()).sessions;
    await expect.poll(sessions, { timeout: 10_000 }).toMatchObject({ live: 4, total: 4 });
    // From now on nobody gets a new connection.
    await warm.emulator.fault({ kind: 'handshake', status: 503 });
    await using one = await TestCaller.started(warm.bed.wsUrl);
    await using two = await TestCaller.started(warm.bed.wsUrl);
    await Promise.all([one.asks('Are you there?'), two.asks('Are you there?')]);
    expect(await sessions()).toMatchObject({ total: 4 });
    await warm.emulator.noFaults();
    await expect.poll(sessions, { timeout: 15_000 }).toMatchObject({ live: 6, total: 6 });
  });
});
