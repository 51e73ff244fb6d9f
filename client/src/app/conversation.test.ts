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
const spoke: Step = { type: 'caller.spoke' };

test('an answer grows by what is new', () => {
  expect(lines(after(start, agent('Good'), agent(' morning')))).toEqual(['agent: Good morning…']);
});

test('an answer grows by all of it so far', () => {
  expect(lines(after(start, agent('Good'), agent('Good morning')))).toEqual(['agent: Good morning…']);
});

test('the final text stands, and the next answer is another turn', () => {
  const turns = after(start, agent('Good'), agent('Good day.', true), end, start, agent('Yes.', true));
  expect(lines(turns)).toEqual(['agent: Good day.', 'agent: Yes.']);
});

test('a final text that is only the last part adds nothing', () => {
  expect(lines(after(start, agent('One. Two.'), agent('Two.', true)))).toEqual(['agent: One. Two.']);
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
  expect(turns[0]).toMatchObject({ text: 'Well, the', isFinal: true, isCutOff: true });
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
