import type { ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import { expect, test } from 'vitest';
import type { TextMessage } from '../sdk/server-frame.ts';
import { happeningOf } from './happening.ts';
import { type StripLine, stripWith } from './view.ts';

const said = (body: ServerMessageBody) => happeningOf({ ...body, timestamp: 0, seq: 1 } as TextMessage);

test('a policy decision is told with its reasons in words', () => {
  const decision = said({
    type: 'policy.decision',
    decision: 'rewrite',
    reasonCodes: ['PII:PHONE_NUMBER', 'CLAIMS:UNSUPPORTED'],
    severity: 2,
  });
  expect(decision).toEqual({
    kind: 'policy',
    tone: 'notice',
    text: 'Answer reworded',
    detail: 'personal data: phone number, claim: unsupported',
  });
});

test('a caller in danger is no offender: what the policy did is told calmly', () => {
  const decision = said({
    type: 'policy.decision',
    decision: 'cancel_output',
    reasonCodes: ['MODERATION:SELF_HARM'],
    severity: 5,
  });
  expect(decision).toMatchObject({ tone: 'calm', text: 'Help was offered' });
});

test('the speaker is told by lane, and silence by its cause', () => {
  expect(
    said({ type: 'lane.owner_changed', from: 'none', to: 'A', cause: 'user_speech_ended' }),
  ).toMatchObject({
    text: 'Quick acknowledgement',
    detail: 'lane A',
  });
  expect(said({ type: 'lane.owner_changed', from: 'B', to: 'none', cause: 'user_barge_in' })).toMatchObject({
    text: 'You interrupted',
  });
  expect(said({ type: 'lane.owner_changed', from: 'A', to: 'none', cause: 'response_done' })).toBeUndefined();
});

test('messages of the conversation itself are no happenings', () => {
  expect(said({ type: 'response.start' })).toBeUndefined();
});

test('what happens again and again is counted on one line, the newest first', () => {
  const checked = { kind: 'policy', tone: 'good', text: 'Checked' } as const;
  const moved = { kind: 'call', tone: 'notice', text: 'Moved' } as const;
  let strip: readonly StripLine[] = [];
  for (const happening of [checked, checked, moved, checked]) strip = stripWith(strip, happening);
  expect(strip.map(({ text, count }) => `${text} ×${count}`)).toEqual([
    'Checked ×1',
    'Moved ×1',
    'Checked ×2',
  ]);
  expect(new Set(strip.map(({ id }) => id)).size).toBe(3);
});
