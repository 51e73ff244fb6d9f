import { bytesOf } from '@vjj/shared/audio.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { createLog } from '@vjj/shared/log.ts';
import { expect, it } from 'vitest';
import type { CallAgent } from '../call-agent.ts';
import { testEvidence } from '../evidence/test-evidence.ts';
import { OutputGate } from './output-gate.ts';
import { SafeLine } from './safe-line.ts';

const speech = (ms: number) => Buffer.from(new Int16Array(bytesOf(ms) / 2).fill(4000).buffer);
const fallbacks = { refuse_politely: 'I cannot say that.', crisis: 'Please call for help.' };

function safeLine(speak: () => Promise<Buffer>) {
  let sentMs = 0;
  let isReleased = false;
  const gate = new OutputGate({ leadMs: 100_000, hold: 'pace' }, new Ticker(1_000_000), {
    audio: (pcm) => {
      sentMs += pcm.length / 48;
    },
    released: () => {
      isReleased = true;
    },
    played: () => undefined,
  });
  gate.open();
  const line = new SafeLine({
    agent: { voice: 'marin', lines: { fallbacks } } as unknown as CallAgent,
    evidence: testEvidence().evidence,
    gate,
    log: createLog('test', 'silent'),
    mode: 'auto',
    phrases: { get: () => undefined, speak },
  });
  return { line, gate, sentMs: () => sentMs, isReleased: () => isReleased };
}

it('is the line that fits, remembered with what was heard before it, once', () => {
  const { line } = safeLine(async () => speech(100));
  line.because({ decision: 'refuse', reasonCodes: ['MODERATION:HATE'], severity: 3, rules: ['hate'] });
  line.follows('You are a');
  expect(line.choose()).toEqual({
    text: fallbacks.refuse_politely,
    said: `You are a ${fallbacks.refuse_politely}`,
  });
  const danger = {
    decision: 'escalate',
    reasonCodes: ['MODERATION:SELF_HARM'],
    severity: 5,
    rules: ['x'],
  } as const;
  expect(line.isOutweighedBy(danger)).toBe(true);
  line.because(danger);
  expect(line.isOutweighedBy(danger)).toBe(false);
  expect(line.choose()).toEqual({ text: fallbacks.crisis, said: fallbacks.crisis });
});

it('that cannot be spoken ends all the same', async () => {
  const { line, sentMs, isReleased } = safeLine(() => Promise.reject(new Error('no voice')));
  line.speak(fallbacks.crisis);
  await expect.poll(isReleased).toBe(true);
  expect(sentMs()).toBe(0);
});

it('whose sound comes after it was stopped is not heard in what followed it', async () => {
  const late = Promise.withResolvers<Buffer>();
  const { line, gate, sentMs, isReleased } = safeLine(() => late.promise);
  line.speak(fallbacks.crisis);
  line.stop();
  gate.open();
  late.resolve(speech(100));
  await late.promise;
  gate.pushAudio(speech(300), 0);
  expect(sentMs()).toBe(300);
  expect(isReleased()).toBe(false);
});
