import { bytesOf } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { readConfig } from '@vjj/shared/config.ts';
import { FrameKind } from '@vjj/shared/link/frames.ts';
import { createLog } from '@vjj/shared/log.ts';
import type { ServerMessage } from '@vjj/shared/protocol/messages.ts';
import { expect, it, onTestFinished } from 'vitest';
import type { CallAgent } from '../call-agent.ts';
import { CallerOutput } from '../caller-output.ts';
import { testEvidence } from '../evidence/test-evidence.ts';
import { CallRecord } from '../journal/call-record.ts';
import { Claims } from '../policy/claims/claims.ts';
import type { Verdict } from '../policy/decision.ts';
import { Moderation } from '../policy/moderation/moderation.ts';
import { Policy } from '../policy/policy.ts';
import { Redaction } from '../policy/redaction.ts';
import type { Conversation } from '../provider/provider.ts';
import { Speaker } from './speaker.ts';

const speech = (ms: number) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(4000).buffer);

/** The mouth of one call, with the voice service's end and the caller's in the test's hands. */
function mouth(confirm?: CallAgent['confirm']) {
  const told: ServerMessage[] = [];
  const record = new CallRecord('s');
  const claims = {
    allowed: [],
    disallowed: [],
    disclaimers: [],
    unverified: 'allow',
    embedder: undefined,
  } as const;
  const agent = {
    voice: 'marin',
    lines: { reflexes: [], fallbacks: { refuse_politely: 'I cannot say that.' } },
    policy: new Policy({
      moderation: new Moderation(),
      redaction: new Redaction({ isEnabled: true, exceptions: [], published: [] }),
      disallowedClaims: [],
      claims: new Claims({ language: 'en', ...claims }),
    }),
    confirm,
    disclaimersFor: () => [],
  } as unknown as CallAgent;
  const speaker = new Speaker({
    agent,
    config: readConfig({ LINK_SECRET: 'not needed for this' }),
    evidence: testEvidence().evidence,
    log: createLog('test', 'silent'),
    output: new CallerOutput({
      send: (kind, _seq, payload) => {
        if (kind === FrameKind.text) told.push(JSON.parse(payload.toString()));
      },
      end: () => undefined,
    }),
    phrases: { get: () => undefined, speak: async () => speech(100), observe: () => undefined },
    record,
    ticker: new Ticker(1_000_000),
  });
  onTestFinished(() => speaker.end());
  speaker.begin({ answer: () => undefined, cancelAnswer: () => undefined } as unknown as Conversation);
  speaker.apply('started');
  return {
    speaker,
    told,
    record,
    answers(text: string) {
      speaker.apply('userTurnEnded');
      speaker.events.onAnswerStarted();
      speaker.events.onAudio(speech(300));
      speaker.events.onTranscript(text, true);
      speaker.events.onAnswerDone('completed');
    },
  };
}

it('of an answer that fails only what was heard is remembered', async () => {
  const { speaker, record } = mouth();
  const text = 'It is open from nine in the morning until six in the evening.';
  speaker.apply('userTurnEnded');
  speaker.events.onAnswerStarted();
  speaker.events.onAudio(speech(3000));
  speaker.events.onTranscript(text, false);
  speaker.events.onAnswerDone('failed');
  speaker.onPlaybackEnded();
  expect(speaker.state).toBe('LISTENING');
  const [turn] = record.dialogue.state().turns;
  expect(text.startsWith(turn!.text)).toBe(true);
  expect(turn!.text.length).toBeLessThan(text.length / 2);
});

it('what a slow judge says of an answer that is over does not stop the next one', async () => {
  const judges = [Promise.withResolvers<Verdict>(), Promise.withResolvers<Verdict>()];
  let asked = 0;
  const { speaker, told, answers } = mouth(() => judges[asked++]!.promise);
  answers('First.');
  await expect.poll(() => told.some(({ type }) => type === 'response.end')).toBe(true);
  speaker.onPlaybackEnded();
  expect(speaker.state).toBe('LISTENING');
  answers('Second.');
  judges[0]!.resolve({ decision: 'refuse', reasonCodes: ['MODERATION:HATE'], severity: 4, rules: ['late'] });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(speaker.state).toBe('B_PLAYING');
  expect(told.filter(({ type }) => type === 'policy.decision')).toEqual([]);
});
