import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SharedTestbed, sharedTestbed } from './shared-testbed.ts';
import { lines, testAgents } from './test-agents.ts';
import { TestCaller } from './test-caller.ts';
import { linesReady } from './worker-metrics.ts';

const turningBad =
  'Well, yes. I have looked for it everywhere and it took me quite a while. Then take the golden widget and open it.';
const script = {
  answers: [
    { when: 'cellar', say: turningBad },
    { when: 'number', say: 'With pleasure. It is 4111 1111 1111 1111, I think.' },
    { when: 'quality', say: 'They are made by hand. Our lamps never break. Do come and see them.' },
    { when: 'promise', say: 'Our lamps never break.' },
    {
      when: 'others',
      say: 'They are made by hand. None of our lamps will ever break. Do come and see them.',
    },
    { when: 'sure', say: 'We cannot promise that our lamps never break. They are made by hand.' },
    { say: 'Certainly.' },
  ],
  speedUp: 4,
  firstAudioMs: 0,
  transcriptLeadMs: { min: 0, max: 0 },
};
const neverLogged = ['golden', 'cellar', '4111', 'never break', 'ever break'];

const started = (shared: SharedTestbed) => TestCaller.started(shared.bed.wsUrl);

/** Everything the caller was sent but the sound. */
function written(caller: TestCaller): string {
  return JSON.stringify(caller.messages.filter(({ type }) => type !== 'audio.chunk'));
}

describe.each(['pace', 'sentence'])('with POLICY_HOLD=%s', (hold) => {
  const shared = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, POLICY_HOLD: hold },
    script,
    neverLogged,
  });
  beforeAll(() => linesReady(shared.bed));

  it('an answer that turns bad is stopped before its bad words, and a safe line is heard instead', async () => {
    await using caller = await started(shared);
    const deleted = await shared.emulator.eventCount('conversation.item.deleted');
    const added = await shared.emulator.eventCount('conversation.item.added');
    caller.send({ type: 'text.input', text: 'What is in the cellar?' });
    await caller.next('response.start');
    expect(await caller.next('policy.decision')).toMatchObject({
      decision: 'cancel_output',
      reasonCodes: ['MODERATION:ILLEGAL_ACTIVITY'],
      severity: 5,
    });
    await caller.next('response.end');
    await expect.poll(() => caller.ofType('lane.owner_changed').at(-1)?.to, { timeout: 20_000 }).toBe('none');
    expect(caller.ownerChanges).toEqual([
      'none→B b_first_audio_ready',
      'B→fallback policy_cancel',
      'fallback→none response_done',
    ]);
    const lanes = caller.ofType('audio.chunk').map(({ lane }) => lane);
    expect(lanes.slice(lanes.indexOf('fallback'))).not.toContain('B');
    expect(caller.laneMs('fallback')).toBeGreaterThan(500);
    expect(caller.ofType('transcript').at(-1)).toMatchObject({ text: lines.refuse, isFinal: true });
    expect(caller.ofType('response.start')).toHaveLength(1);
    expect(caller.ofType('response.end')).toHaveLength(1);
    expect(written(caller)).not.toContain('golden');

    const { words } = await shared.emulator.lastResponse();
    const bad = words.find(({ text }) => text === 'golden')!;
    expect(caller.laneMs('B')).toBeLessThanOrEqual(bad.startMs);
    // In its place the service is told what was heard: the caller's item, the answer's, and that.
    await expect.poll(() => shared.emulator.eventCount('conversation.item.deleted')).toBe(deleted + 1);
    await expect.poll(() => shared.emulator.eventCount('conversation.item.added')).toBe(added + 3);

    await caller.asks('Are you there?');
    expect(caller.lastTranscript).toBe('Certainly.');
  });

  it('a caller who stops the safe line is answered again, and told when', async () => {
    await using caller = await started(shared);
    caller.send({ type: 'text.input', text: 'What is in the cellar?' });
    await caller.until('the safe line', (message): message is typeof message => {
      return message.type === 'audio.chunk' && message.lane === 'fallback';
    });
    caller.send({ type: 'audio.stop' });
    await caller.next('audio.stop.ack');
    await caller.next('response.end');
    await caller.asks('Are you there?');
    expect(caller.ofType('response.start')).toHaveLength(2);
    expect(caller.ofType('response.end')).toHaveLength(2);
  });

  it('a card number is replaced: what came before stays, and the corrected rest is spoken', async () => {
    await using caller = await started(shared);
    await caller.asks('What is the number?');
    expect(caller.ofType('policy.decision')).toMatchObject([
      { decision: 'rewrite', reasonCodes: ['PII:CARD'] },
    ]);
    expect(caller.ofType('transcript').at(-1)).toMatchObject({
      text: 'With pleasure. It is [card number], I think.',
      isFinal: true,
    });
    expect(written(caller)).not.toMatch(/4111 1111 1111 1111/);
    expect(caller.laneMs('fallback')).toBe(0);
    const { words } = await shared.emulator.lastResponse();
    // What was kept of the answer, and the rest of it in other words.
    expect(caller.laneMs('B')).toBeGreaterThan(words[1]!.endMs + 500);
  });

  it('a claim that may not be made is left out', async () => {
    await using caller = await started(shared);
    await caller.asks('What about the quality?');
    expect(caller.lastTranscript).toBe('They are made by hand. Do come and see them.');
    expect(written(caller)).not.toContain('never break');
    expect(caller.laneMs('B')).toBeGreaterThan(1000);
  });

  it('a claim that may not be made is left out in other words too', async () => {
    await using caller = await started(shared);
    await caller.asks('What do others say?');
    expect(caller.ofType('policy.decision')).toMatchObject([
      { decision: 'rewrite', reasonCodes: ['CLAIMS:DISALLOWED'] },
    ]);
    expect(caller.lastTranscript).toBe('They are made by hand. Do come and see them.');
    expect(written(caller)).not.toContain('will ever break');
  });

  it('that something cannot be promised may be said', async () => {
    await using caller = await started(shared);
    await caller.asks('Are you sure?');
    expect(caller.ofType('policy.decision')).toEqual([]);
    expect(caller.lastTranscript).toBe(
      'We cannot promise that our lamps never break. They are made by hand.',
    );
  });

  it('an answer of which nothing may be said is followed by a safe line, not by silence', async () => {
    await using caller = await started(shared);
    await caller.asks('Do you promise?');
    expect(caller.lastTranscript).toBe(lines.write);
    expect(caller.laneMs('fallback')).toBeGreaterThan(500);
  });
});

describe('when no new line can be spoken', () => {
  const shared = sharedTestbed({
    workers: 1,
    env: { AGENTS_DIR: testAgents, FALLBACK_MODE: 'escalate_to_human' },
    script,
    neverLogged,
  });
  beforeAll(() => linesReady(shared.bed));
  beforeEach(() => shared.emulator.fault({ kind: 'http', path: '/v1/audio/speech', status: 401 }));

  it('an answer that must be corrected is followed by the line that FALLBACK_MODE names', async () => {
    await using caller = await started(shared);
    await caller.asks('What is the number?');
    expect(caller.lastTranscript).toBe('A colleague will help you.');
    expect(caller.laneMs('fallback')).toBeGreaterThan(500);
    expect(written(caller)).not.toMatch(/4111 1111 1111 1111/);
    await caller.asks('Are you there?');
    expect(caller.lastTranscript).toBe('Certainly.');
  });
});
