import type { LaneState } from '@vjj/shared/protocol/messages.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Effect, type Event, isAnswering, next, ownerCause, ownerOf } from './arbitrator.ts';

const events: Event[] = [
  'started',
  'userTurnEnded',
  'reflexDue',
  'reflexEnded',
  'firstAudio',
  'answerEnded',
  'policyCancel',
  'fallbackEnded',
  'bargeIn',
  'cancelled',
  'ended',
];

/** Every state × every event, in the order above: the state that follows and the effects; `·` changes nothing. */
const table: Record<LaneState, string[]> = {
  IDLE: ['LISTENING', '·', '·', '·', '·', '·', '·', '·', '·', '·', 'ENDED'],
  LISTENING: [
    '·',
    'B_RESPONDING requestAnswer',
    '·',
    '·',
    '·',
    '·',
    'FALLBACK_PLAYING playFallback',
    '·',
    '·',
    '·',
    'ENDED',
  ],
  B_RESPONDING: [
    '·',
    'B_RESPONDING cancelAnswer requestAnswer',
    'A_PLAYING playReflex',
    '·',
    'B_PLAYING',
    'LISTENING',
    'FALLBACK_PLAYING cancelAnswer playFallback',
    '·',
    'LISTENING cancelAnswer',
    'LISTENING cancelAnswer',
    'ENDED cancelAnswer',
  ],
  A_PLAYING: [
    '·',
    'B_RESPONDING stopReflex cancelAnswer requestAnswer',
    '·',
    'B_RESPONDING',
    'B_PLAYING stopReflex',
    'LISTENING stopReflex',
    'FALLBACK_PLAYING stopReflex cancelAnswer playFallback',
    '·',
    'LISTENING stopReflex cancelAnswer',
    'LISTENING stopReflex cancelAnswer',
    'ENDED stopReflex cancelAnswer',
  ],
  B_PLAYING: [
    '·',
    'B_RESPONDING cancelAnswer requestAnswer',
    '·',
    '·',
    '·',
    'LISTENING',
    'FALLBACK_PLAYING cancelAnswer playFallback',
    '·',
    'LISTENING cancelAnswer',
    'LISTENING cancelAnswer',
    'ENDED cancelAnswer',
  ],
  FALLBACK_PLAYING: [
    '·',
    'B_RESPONDING stopFallback requestAnswer',
    '·',
    '·',
    '·',
    '·',
    'FALLBACK_PLAYING stopFallback playFallback',
    'LISTENING',
    'LISTENING stopFallback',
    'LISTENING stopFallback',
    'ENDED stopFallback',
  ],
  ENDED: ['·', '·', '·', '·', '·', '·', '·', '·', '·', '·', '·'],
};

describe('the arbitrator', () => {
  for (const [state, row] of Object.entries(table)) {
    it.each(events.map((event, i) => [event, row[i]!] as const))(`${state}: %s → %s`, (event, wanted) => {
      const step = next(state as LaneState, event);
      const said = [step.state, ...step.effects].join(' ');
      expect(said).toBe(wanted === '·' ? state : wanted);
    });
  }

  it('announces each change of owner with its cause', () => {
    const changes = [
      ['B_RESPONDING', 'reflexDue', 'A', 'user_speech_ended'],
      ['A_PLAYING', 'firstAudio', 'B', 'b_first_audio_ready'],
      ['B_PLAYING', 'policyCancel', 'fallback', 'policy_cancel'],
      ['B_PLAYING', 'bargeIn', 'none', 'user_barge_in'],
      ['B_PLAYING', 'answerEnded', 'none', 'response_done'],
    ] as const;
    for (const [state, event, owner, cause] of changes) {
      expect([ownerOf(next(state, event).state), ownerCause(event)]).toEqual([owner, cause]);
    }
  });
});

/** What the session does with the effects: who is sounding, and whether an answer is under way. */
class Speaker {
  state: LaneState = 'IDLE';
  answers = 0;
  reflex = false;
  fallback = false;
  requested = 0;
  finished = 0;

  apply(event: Event): void {
    // The session tells the end of an answer only while one is under way.
    if (event === 'answerEnded' && this.answers > 0 && isAnswering(this.state)) this.#finish();
    if (event === 'reflexEnded') this.reflex = false;
    if (event === 'fallbackEnded') this.fallback = false;
    const { state, effects } = next(this.state, event);
    for (const effect of effects) this.#do(effect);
    this.state = state;
  }

  #do(effect: Effect): void {
    if (effect === 'requestAnswer') {
      this.answers++;
      this.requested++;
    } else if (effect === 'cancelAnswer') this.#finish();
    else if (effect === 'playReflex') this.reflex = true;
    else if (effect === 'stopReflex') this.reflex = false;
    else if (effect === 'playFallback') this.fallback = true;
    else this.fallback = false;
  }

  #finish(): void {
    this.answers--;
    this.finished++;
  }
}

describe('in any order of events', () => {
  const anyEvents = fc.array(fc.constantFrom(...events), { maxLength: 60 });

  it('one lane sounds at most, and it is the owner', () => {
    fc.assert(
      fc.property(anyEvents, (sequence) => {
        const speaker = new Speaker();
        for (const event of sequence) {
          speaker.apply(event);
          expect(speaker.reflex && speaker.fallback).toBe(false);
          if (speaker.reflex) expect(ownerOf(speaker.state)).toBe('A');
          if (speaker.fallback) expect(ownerOf(speaker.state)).toBe('fallback');
          expect(speaker.answers).toBeGreaterThanOrEqual(0);
          expect(speaker.answers).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('nothing sounds and nothing is awaited after a cancel or a barge-in', () => {
    fc.assert(
      fc.property(anyEvents, fc.constantFrom<Event>('bargeIn', 'cancelled'), (sequence, last) => {
        const speaker = new Speaker();
        for (const event of [...sequence, last]) speaker.apply(event);
        expect(speaker.reflex || speaker.fallback).toBe(false);
        expect(speaker.answers).toBe(0);
        expect(ownerOf(speaker.state)).toBe('none');
      }),
      { numRuns: 1000 },
    );
  });

  it('every answer ends, and the caller can always go on', () => {
    fc.assert(
      fc.property(anyEvents, (sequence) => {
        const speaker = new Speaker();
        speaker.apply('started');
        for (const event of sequence) if (event !== 'ended') speaker.apply(event);
        // Whatever happened: what is under way comes to its end, and the next turn is answered.
        for (const event of ['reflexEnded', 'answerEnded', 'fallbackEnded'] as const) speaker.apply(event);
        expect(speaker.state).toBe('LISTENING');
        expect(speaker.finished).toBe(speaker.requested);
        speaker.apply('userTurnEnded');
        expect(speaker.state).toBe('B_RESPONDING');
      }),
      { numRuns: 1000 },
    );
  });

  it('the end is the end', () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, (before, after) => {
        const speaker = new Speaker();
        for (const event of [...before, 'ended' as const, ...after]) speaker.apply(event);
        expect(speaker.state).toBe('ENDED');
        expect([speaker.answers, speaker.reflex, speaker.fallback]).toEqual([0, false, false]);
      }),
    );
  });
});
