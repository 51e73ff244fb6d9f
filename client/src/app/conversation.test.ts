import type { ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import { expect, test } from 'vitest';
import { type ConversationEvent, converse, noConversation, type Turn } from './conversation.ts';

type Step = Exclude<ServerMessageBody, { type: 'audio.chunk' }> | ConversationEvent;

function after(...steps: Step[]): readonly Turn[] {
  return steps.reduce(
    (conversation, step) => converse(conversation, { timestamp: 0, seq: 1, ...step } as ConversationEvent),
    noConversation,
  ).turns;
}

const lines = (turns: readonly Turn[]) =>
  turns.map(({ who, text, isFinal }) => `${who}: ${text}${isFinal ? '' : '…'}`);

const agent = (text: string, isFinal = false): Step => ({ type: 'transcript', text, confidence: 1, isFinal });
const caller = (text: string, isFinal = true): Step => ({
  type: 'user_transcript',
  text,
  confidence: 1,
  isFinal,
});
const start: Step = { type: 'response.start' };
const end: Step = { type: 'response.end' };
const interrupted: Step = { type: 'caller.interrupted' };
const objection = (reason: string): Step => ({
  type: 'policy.decision',
  decision: 'cancel_output',
  reasonCodes: [reason],
  severity: 5,
});
const fallback: Step = { type: 'lane.owner_changed', from: 'none', to: 'fallback', cause: 'policy_cancel' };
const spoke: Step = { type: 'caller.spoke' };

test('an answer grows by all of it so far', () => {
  expect(lines(after(start, agent('Good'), agent('Good morning')))).toEqual(['agent: Good morning…']);
});

test('the final text stands, and the next answer is another turn', () => {
  const turns = after(start, agent('Good'), agent('Good day.', true), end, start, agent('Yes.', true));
  expect(lines(turns)).toEqual(['agent: Good day.', 'agent: Yes.']);
});

test('an answer another worker goes on with is shown as that tells it, also where it goes back a word', () => {
  const turns = after(
    start,
    agent('It is free to'),
    agent('It is'),
    agent('It is free'),
    agent('It is free to use.', true),
  );
  expect(lines(turns)).toEqual(['agent: It is free to use.']);
});

test('words that turn out to be personal while the caller speaks are shown redacted', () => {
  const turns = after(spoke, caller('I am 555', false), caller('I am [number]', false));
  expect(lines(turns)).toEqual(['caller: I am [number]…']);
});

test('what the caller said is written where it was said, however late the words come', () => {
  const turns = after(spoke, start, agent('Hello.', true), caller('Hi'));
  expect(lines(turns)).toEqual(['caller: Hi', 'agent: Hello.']);
});

test('in open-mic the place is kept from the onset of speech', () => {
  const turns = after(
    { type: 'speech.started' },
    { type: 'speech.stopped' },
    start,
    agent('A', true),
    caller('Q'),
  );
  expect(lines(turns)).toEqual(['caller: Q', 'agent: A']);
});

test('a commit that was too short leaves nothing', () => {
  expect(after(spoke, { type: 'commit.skipped', reason: 'buffer_too_small' })).toEqual([]);
});

test('typed words that the server repeats are not shown twice', () => {
  expect(lines(after({ type: 'caller.typed', text: 'Hi' }, caller('Hi')))).toEqual(['caller: Hi']);
});

test('typed words that the server repeats redacted are shown redacted', () => {
  const turns = after({ type: 'caller.typed', text: 'I am 5551234' }, caller('I am [number]'));
  expect(lines(turns)).toEqual(['caller: I am [number]']);
});

test('typed words are shown redacted even when the answer was quicker', () => {
  const turns = after(
    { type: 'caller.typed', text: 'I am 5551234' },
    start,
    agent('Hi.', true),
    caller('I am [number]'),
  );
  expect(lines(turns)).toEqual(['caller: I am [number]', 'agent: Hi.']);
});

test('an interrupted answer is final and marked; what still comes of it is not shown', () => {
  const turns = after(start, agent('Well, the'), { type: 'caller.interrupted' }, agent('late'));
  expect(turns).toHaveLength(1);
  expect(turns[0]).toMatchObject({ text: 'Well, the', isFinal: true, cut: 'interrupted' });
});

test('once the server knows of an interruption, what it says is about what follows: a safe line is shown', () => {
  const turns = after(
    start,
    agent('Well, the'),
    { type: 'caller.interrupted' },
    { type: 'caller.typed', text: 'X' },
    agent('late'),
    { type: 'user.barge_in.ack' },
    objection('MODERATION:JAILBREAK'),
    fallback,
    agent('I cannot.', true),
  );
  expect(lines(turns)).toEqual(['agent: Well, the', 'caller: X', 'agent: I cannot.']);
});

test('a turn typed before the next answer does not make the last answer an interrupted one', () => {
  const turns = after(start, agent('Yes.', true), end, { type: 'caller.typed', text: 'And?' }, interrupted);
  expect(turns[0]).toMatchObject({ text: 'Yes.', cut: undefined });
});

test('an answer the policy stops stays as far as it was heard, and the safe line is a turn of its own', () => {
  const turns = after(
    start,
    agent('The code'),
    objection('AGENT:SECRET'),
    fallback,
    agent('I cannot.', true),
  );
  expect(turns).toMatchObject([
    { text: 'The code', isFinal: true, cut: 'stopped', remark: undefined },
    { text: 'I cannot.', isFinal: true, cut: undefined, remark: undefined },
  ]);
});

test('a request that is not answered says so beside the safe line', () => {
  const turns = after(
    caller('Ignore'),
    objection('MODERATION:JAILBREAK'),
    fallback,
    agent('I cannot.', true),
  );
  expect(turns).toMatchObject([{ text: 'Ignore' }, { text: 'I cannot.', remark: 'declined' }]);
});

test('who may be in danger is offered help, not told of a policy', () => {
  const turns = after(caller('…'), objection('MODERATION:SELF_HARM'), fallback, agent('Call us.', true));
  expect(turns[1]).toMatchObject({ text: 'Call us.', remark: 'help', cut: undefined });
});

test('an answer of which nothing was said before it was stopped is left out', () => {
  const citation: Step = { type: 'citation', id: 'k1', source: 'Hours', text: '8–22' };
  const turns = after(start, citation, objection('AGENT:SECRET'), fallback, agent('I cannot.', true));
  expect(lines(turns)).toEqual(['agent: I cannot.']);
});

test('a rewritten answer is marked, whether the decision or its first words come first', () => {
  const rewrite: Step = {
    type: 'policy.decision',
    decision: 'rewrite',
    reasonCodes: ['PII:CARD'],
    severity: 3,
  };
  for (const steps of [
    [agent('My'), rewrite, agent('My card.', true)],
    [rewrite, agent('My'), agent('My card.', true)],
  ])
    expect(after(start, ...steps)).toMatchObject([{ text: 'My card.', remark: 'reworded' }]);
});

test('a source that comes before the words belongs to the same turn, once', () => {
  const citation: Step = { type: 'citation', id: 'k1', source: 'Hours', text: '8–22' };
  const turns = after(start, citation, citation, agent('We open'));
  expect(turns).toHaveLength(1);
  expect(turns[0]).toMatchObject({
    text: 'We open',
    citations: [{ id: 'k1', source: 'Hours', text: '8–22' }],
  });
});

test('the end of a call ends what was being said', () => {
  expect(lines(after(start, agent('Well'), spoke, { type: 'call.ended' }))).toEqual(['agent: Well']);
});

test('a new call is set apart from the one before', () => {
  expect(after({ type: 'call.began' })).toEqual([]);
  expect(lines(after(caller('Hi'), { type: 'call.began' }))).toEqual(['caller: Hi', 'note: New call']);
});
