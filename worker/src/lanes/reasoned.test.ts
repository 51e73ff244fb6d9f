import { bytesOf } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { createLog } from '@vjj/shared/log.ts';
import type { ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallAgent, ToolOutcome } from '../call-agent.ts';
import { Embedder } from '../embedding/embedder.ts';
import { EmbeddingThread } from '../embedding/embedding-thread.ts';
import { testEvidence } from '../evidence/test-evidence.ts';
import { Claims } from '../policy/claims/claims.ts';
import type { Verdict } from '../policy/decision.ts';
import { type DisallowedClaim, disallowedClaim } from '../policy/disallowed-claims.ts';
import { Moderation } from '../policy/moderation/moderation.ts';
import { Policy } from '../policy/policy.ts';
import { Redaction } from '../policy/redaction.ts';
import type { Conversation, Heard } from '../provider/provider.ts';
import { OutputGate } from './output-gate.ts';
import { Reasoned } from './reasoned.ts';

const speech = (ms: number) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(4000).buffer);
const found: ToolOutcome = { output: '{}', text: '', citations: [], disclaimers: [] };

const noClaims = new Claims({
  ...{
    language: 'en',
    allowed: [],
    disallowed: [],
    disclaimers: [],
    unverified: 'allow',
    embedder: undefined,
  },
});

/** One answer, with the voice service's end in the test's hands. */
function answer({
  isStrict = false,
  leadMs = 100_000,
  runTool = async () => found,
  speak = async () => speech(100),
  disclaimers = [],
  claims = noClaims,
  disallowedClaims = [],
  confirm,
}: {
  isStrict?: boolean;
  leadMs?: number;
  disallowedClaims?: DisallowedClaim[];
  confirm?: CallAgent['confirm'];
  runTool?: CallAgent['runTool'];
  speak?: (text: string) => Promise<Buffer>;
  disclaimers?: { id: string; text: string }[];
  claims?: Claims;
} = {}) {
  let sentMs = 0;
  const told: ServerMessageBody[] = [];
  const objections: Verdict[] = [];
  const results: string[] = [];
  const cancelled: Heard[] = [];
  const { evidence, events } = testEvidence();
  let asked = 0;
  let isReleased = false;
  const gate = new OutputGate({ leadMs, hold: isStrict ? 'sentence' : 'pace' }, new Ticker(1_000_000), {
    audio: (pcm) => {
      sentMs += pcm.length / 48;
    },
    released: () => {
      isReleased = true;
    },
    played: () => undefined,
  });
  gate.open();
  const agent = {
    policy: new Policy({
      moderation: new Moderation(),
      redaction: new Redaction({ isEnabled: true, exceptions: [], published: [] }),
      disallowedClaims,
      claims,
    }),
    runTool,
    confirm,
    disclaimersFor: () => disclaimers,
  } as unknown as CallAgent;
  const conversation = {
    toolResult: (_id: string, output: string) => results.push(output),
    cancelAnswer: (heard: Heard) => cancelled.push(heard),
  } as unknown as Conversation;
  const reasoned = new Reasoned({
    agent,
    gate,
    conversation,
    evidence,
    isStrict,
    speak,
    tell: (message) => told.push(message),
    object: (verdict) => {
      objections.push(verdict);
      reasoned.stop();
    },
    answerOn: () => asked++,
    log: createLog('test', 'silent'),
  });
  return {
    reasoned,
    told,
    objections,
    results,
    cancelled,
    events,
    sentMs: () => sentMs,
    asked: () => asked,
    isReleased: () => isReleased,
  };
}

it('no word that was shown is taken back while the meaning of its sentence is looked at', async () => {
  const embedder = new Embedder(new EmbeddingThread(createLog('test', 'silent')));
  onTestFinished(() => embedder.close());
  const claims = new Claims({
    ...{ language: 'en', disallowed: [], disclaimers: [], unverified: 'allow', embedder },
    allowed: [{ id: 'encrypted', text: 'All connections are encrypted.' }],
  });
  await claims.prepare();
  const { reasoned, told } = answer({ claims });
  const text = 'Every link of ours is encrypted on its way. And that is so.';
  for (let end = 1; end < text.length; end += 1) {
    reasoned.onAudio(speech(40));
    reasoned.onTranscript(text.slice(0, end), false);
  }
  const shown = told.flatMap((message) => (message.type === 'transcript' ? [message.text] : []));
  expect(shown.length).toBeGreaterThan(3);
  expect(shown).toEqual(shown.toSorted((a, b) => a.length - b.length));
  reasoned.stop();
}, 60_000);

it('an answer ends when the meaning of a sentence cannot be had', async () => {
  const embedder = new Embedder(new EmbeddingThread(createLog('test', 'silent')));
  onTestFinished(() => embedder.close());
  let looks = 0;
  const claims = new Claims({
    ...{ language: 'en', disallowed: [], disclaimers: [], unverified: 'allow' },
    allowed: [{ id: 'encrypted', text: 'All connections are encrypted.' }],
    embedder: {
      embed: (texts) => {
        looks++;
        return embedder.embed(texts, { deadlineMs: 0 });
      },
      embedAll: (texts) => embedder.embedAll(texts),
    },
  });
  await claims.prepare();
  const { reasoned, isReleased, sentMs } = answer({ claims, isStrict: true });
  onTestFinished(() => reasoned.stop());
  reasoned.onAudio(speech(900));
  reasoned.onTranscript('Let me look at the connections.', true);
  reasoned.onDone('completed');
  await expect.poll(isReleased).toBe(true);
  expect(sentMs()).toBe(900);
  expect(looks).toBe(1);
}, 60_000);

describe('an answer of several items', () => {
  it('is judged item by item in strict mode: the words of the first say nothing of the sound of the second', async () => {
    const { reasoned, sentMs } = answer({ isStrict: true });
    reasoned.onAudio(speech(600));
    reasoned.onTranscript('First.', true);
    expect(sentMs()).toBe(600);
    reasoned.onItem();
    reasoned.onAudio(speech(800));
    expect(sentMs()).toBe(600);
    reasoned.onTranscript('Second.', true);
    await expect.poll(sentMs).toBe(1400);
    expect(reasoned.text).toBe('First. Second.');
  });

  it('is given up in strict mode when the words of an item never came', () => {
    const { reasoned, sentMs, objections } = answer({ isStrict: true });
    reasoned.onAudio(speech(500));
    reasoned.onItem();
    expect(objections).toMatchObject([{ reasonCodes: ['OUTPUT:UNCLEAR'] }]);
    expect(sentMs()).toBe(0);
  });
});

it('of an answer that fails what has left is all that was said, and is told the service and the evidence', () => {
  const { reasoned, cancelled, events, sentMs, isReleased } = answer({ leadMs: 500 });
  const text = 'It is open from nine in the morning until six in the evening.';
  reasoned.onAudio(speech(3000));
  reasoned.onTranscript(text, false);
  reasoned.onDone('failed');
  expect(isReleased()).toBe(true);
  expect(sentMs()).toBeLessThan(1000);
  expect(reasoned.text).toMatch(/^It is/);
  expect(reasoned.text.length / text.length).toBeLessThanOrEqual(sentMs() / 3000);
  expect(cancelled).toEqual([{ ms: sentMs() }]);
  expect(events().filter(({ type }) => type === 'assistant.transcript')).toMatchObject([
    {
      payload: { cause: 'failed', heardMs: sentMs(), differs: true },
      personal: { text: reasoned.text, generated: text },
    },
  ]);
});

const call = { id: 'c', name: 't', arguments: '{}' };

describe('in strict mode what a slower judge has not spoken of yet is not heard', () => {
  const refused: Verdict = {
    decision: 'refuse',
    reasonCodes: ['MODERATION:HATE'],
    severity: 4,
    rules: ['provider:HATE'],
  };

  it.each([
    [
      'when a tool has answered',
      (reasoned: Reasoned) => {
        reasoned.onToolCall(call);
        reasoned.onDone('completed');
      },
    ],
    [
      'when a further item begins',
      (reasoned: Reasoned) => {
        reasoned.onItem();
        reasoned.onAudio(speech(500));
      },
    ],
  ])('%s', async (_, goOn) => {
    const judge = Promise.withResolvers<Verdict>();
    const { reasoned, sentMs, objections, results } = answer({
      isStrict: true,
      confirm: () => judge.promise,
    });
    reasoned.onAudio(speech(900));
    reasoned.onTranscript('Something that only the second judge refuses.', true);
    goOn(reasoned);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sentMs()).toBe(0);
    judge.resolve(refused);
    await expect.poll(() => objections).toMatchObject([{ reasonCodes: refused.reasonCodes }]);
    expect(sentMs()).toBe(0);
    expect(results).toEqual([]);
  });

  it('and is when it was allowed, with what has come meanwhile', async () => {
    const judge = Promise.withResolvers<Verdict>();
    const { reasoned, sentMs, isReleased } = answer({ isStrict: true, confirm: () => judge.promise });
    reasoned.onAudio(speech(900));
    reasoned.onTranscript('Nobody refuses this.', true);
    reasoned.onItem();
    reasoned.onAudio(speech(500));
    reasoned.onTranscript('Nor that.', true);
    reasoned.onDone('completed');
    expect(sentMs()).toBe(0);
    judge.resolve({ decision: 'allow', reasonCodes: [], severity: 0, rules: [] });
    await expect.poll(isReleased).toBe(true);
    expect(sentMs()).toBe(1400);
    expect(reasoned.text).toBe('Nobody refuses this. Nor that.');
  });

  it('nor is sound whose words never came, when a tool has answered', async () => {
    const { reasoned, sentMs, objections } = answer({ isStrict: true });
    reasoned.onAudio(speech(900));
    reasoned.onToolCall(call);
    reasoned.onDone('completed');
    await expect.poll(() => objections).toMatchObject([{ reasonCodes: ['OUTPUT:UNCLEAR'] }]);
    expect(sentMs()).toBe(0);
  });
});

describe('words that turn out to be others', () => {
  const disallowedClaims = [disallowedClaim('Our service has no fee', 1)];

  it('are said after all, and the answer ends', async () => {
    const { reasoned, told, sentMs, isReleased, objections } = answer({
      disallowedClaims,
      speak: async () => speech(700),
    });
    reasoned.onAudio(speech(800));
    reasoned.onTranscript('Our service has no fee', false);
    reasoned.onAudio(speech(600));
    reasoned.onTranscript('Our service has no feedback form.', false);
    reasoned.onTranscript('Our service has no feedback form.', true);
    reasoned.onDone('completed');
    await expect.poll(isReleased).toBe(true);
    expect(sentMs()).toBe(800 + 700);
    expect(objections).toEqual([]);
    expect(told.findLast(({ type }) => type === 'transcript')).toMatchObject({
      text: 'Our service has no feedback form.',
      isFinal: true,
    });
  });
});

it('a rewrite says again what was not heard, also after a bridge, which is none of the words', async () => {
  const spoken: string[] = [];
  const speak = async (text: string) => {
    spoken.push(text);
    return speech(700);
  };
  const { reasoned } = answer({ leadMs: 2600, speak });
  reasoned.preface(speech(2000));
  reasoned.onAudio(speech(4000));
  const text = 'Good evening. There are two rooms left for you. The number is 4111 1111 1111 1111, I think.';
  reasoned.onTranscript(text, true);
  reasoned.onDone('completed');
  await expect
    .poll(() => spoken)
    .toEqual(['There are two rooms left for you. The number is [card number], I think.']);
});

describe('tools', () => {
  it('that an answer asks for after words which must be others answer it all the same', async () => {
    const { reasoned, results, asked, sentMs, isReleased } = answer({ speak: async () => speech(700) });
    reasoned.onAudio(speech(800));
    reasoned.onTranscript('I look it up for jane@example.com, one moment.', true);
    await new Promise((resolve) => setTimeout(resolve, 10));
    reasoned.onToolCall(call);
    reasoned.onDone('completed');
    await expect.poll(asked).toBe(1);
    expect(results).toHaveLength(1);
    expect(isReleased()).toBe(false);
    reasoned.onAudio(speech(600));
    reasoned.onTranscript('It is a booking for two.', true);
    reasoned.onDone('completed');
    await expect.poll(isReleased).toBe(true);
    expect(sentMs()).toBe(800 + 700 + 600);
    expect(reasoned.text).toBe('I look it up for [email address], one moment. It is a booking for two.');
  });

  it('that break stop their answer, and nothing else', async () => {
    const { reasoned, objections } = answer({ runTool: () => Promise.reject(new Error('broken')) });
    reasoned.onToolCall(call);
    reasoned.onDone('completed');
    await expect.poll(() => objections).toMatchObject([{ reasonCodes: ['OUTPUT:UNCLEAR'] }]);
  });

  it('without end are no silence without end', async () => {
    const { reasoned, objections, asked, results } = answer();
    for (let round = 1; objections.length === 0 && round < 20; round++) {
      reasoned.onToolCall(call);
      reasoned.onDone('completed');
      await expect.poll(() => results.length).toBe(round);
    }
    expect(asked()).toBe(5);
    expect(objections).toHaveLength(1);
  });
});

describe('a disclaimer', () => {
  const disclaimers = [{ id: 'd', text: 'Terms apply.' }];

  it('is spoken after the answer, and written', async () => {
    const { reasoned, sentMs, told, isReleased } = answer({ disclaimers });
    reasoned.onAudio(speech(500));
    reasoned.onTranscript('It is free.', true);
    reasoned.onDone('completed');
    await expect.poll(isReleased).toBe(true);
    expect(sentMs()).toBe(600);
    expect(told.at(-1)).toMatchObject({ type: 'transcript', text: 'It is free. Terms apply.' });
  });

  it('that cannot be spoken is written at least', async () => {
    const { reasoned, sentMs, told, isReleased } = answer({
      disclaimers,
      speak: () => Promise.reject(new Error('no voice')),
    });
    reasoned.onAudio(speech(500));
    reasoned.onTranscript('It is free.', true);
    reasoned.onDone('completed');
    await expect.poll(isReleased).toBe(true);
    expect(sentMs()).toBe(500);
    expect(told.at(-1)).toMatchObject({ type: 'transcript', text: 'It is free. Terms apply.' });
  });
});
