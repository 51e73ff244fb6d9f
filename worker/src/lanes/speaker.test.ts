import { bytesOf } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { readConfig } from '@vjj/shared/config.ts';
import { FrameKind } from '@vjj/shared/link/frames.ts';
import { createLog } from '@vjj/shared/log.ts';
import type { ServerMessage } from '@vjj/shared/protocol/messages.ts';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { CallAgent } from '../call-agent.ts';
import { CallerOutput } from '../caller-output.ts';
import { testEvidence } from '../evidence/test-evidence.ts';
import { CallRecord } from '../journal/call-record.ts';
import type { Live } from '../live.ts';
import { dealWith, type LiveMessage } from '../live-message.ts';
import { Claims } from '../policy/claims/claims.ts';
import type { Verdict } from '../policy/decision.ts';
import { Moderation } from '../policy/moderation/moderation.ts';
import { Policy } from '../policy/policy.ts';
import { Redaction } from '../policy/redaction.ts';
import type { Conversation, Heard } from '../provider/provider.ts';
import { Speaker } from './speaker.ts';

const speech = (ms: number) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(4000).buffer);

/** The mouth of one call, with the voice service's end and the caller's in the test's hands. */
function mouth(confirm?: CallAgent['confirm']) {
  const told: ServerMessage[] = [];
  /** What was heard of the answers that were cut. */
  const cut: Heard[] = [];
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
  const output = new CallerOutput({
    send: (kind, _seq, payload) => {
      if (kind === FrameKind.text) told.push(JSON.parse(payload.toString()));
    },
    end: () => undefined,
  });
  const speaker = new Speaker({
    agent,
    config: readConfig({ LINK_SECRET: 'not needed for this' }),
    evidence: testEvidence().evidence,
    log: createLog('test', 'silent'),
    output,
    phrases: { get: () => undefined, speak: async () => speech(100), observe: () => undefined },
    record,
    ticker: new Ticker(1_000_000),
  });
  onTestFinished(() => speaker.end());
  const cancelAnswer = (heard: Heard) => cut.push(heard);
  speaker.begin({ answer: () => undefined, cancelAnswer } as unknown as Conversation);
  speaker.apply('started');
  return {
    speaker,
    told,
    cut,
    record,
    says(message: LiveMessage) {
      const listener = { open: () => undefined, stop: () => undefined, forget: () => undefined };
      dealWith(message, { listener, speaker } as unknown as Live, output);
    },
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

it.each([
  ['nothing', 0],
  ['the beginning', 120],
])(
  'an answer is cut where the player was, %s of it heard, when the worker is held up amid the interruption',
  (_, playedMs) => {
    for (const type of ['user.barge_in', 'audio.cancel', 'audio.stop'] as const) {
      const { answers, cut, says } = mouth();
      answers('It is open from nine in the morning until six in the evening.');
      let now = performance.now();
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 100));
      onTestFinished(() => clock.mockRestore());
      says({ type, playedMs });
      clock.mockRestore();
      expect(cut).toEqual([{ ms: playedMs }]);
    }
  },
);
