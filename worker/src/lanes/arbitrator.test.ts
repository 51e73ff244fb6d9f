import type { LaneState } from '@vjj/shared/protocol/messages.ts';
import { describe, expect, it } from 'vitest';
import { type Event, next, ownerCause, ownerOf } from './arbitrator.ts';

const events: Event[] = [
  'started',
  'userTurnEnded',
  'firstAudio',
  'answerEnded',
  'bargeIn',
  'cancelled',
  'ended',
];

/** Every state × every event: the state that follows and the effects; `·` changes nothing. */
const table: Record<'IDLE' | 'LISTENING' | 'B_RESPONDING' | 'B_PLAYING' | 'ENDED', string[]> = {
  IDLE: ['LISTENING', '·', '·', '·', '·', '·', 'ENDED'],
  LISTENING: ['·', 'B_RESPONDING requestAnswer', '·', '·', '·', '·', 'ENDED'],
  B_RESPONDING: [
    '·',
    'B_RESPONDING cancelAnswer requestAnswer',
    'B_PLAYING',
    'LISTENING',
    'LISTENING cancelAnswer',
    'LISTENING cancelAnswer',
    'ENDED cancelAnswer',
  ],
  B_PLAYING: [
    '·',
    'B_RESPONDING cancelAnswer requestAnswer',
    '·',
    'LISTENING',
    'LISTENING cancelAnswer',
    'LISTENING cancelAnswer',
    'ENDED cancelAnswer',
  ],
  ENDED: ['·', '·', '·', '·', '·', '·', '·'],
};

describe('the arbitrator', () => {
  for (const [state, row] of Object.entries(table)) {
    it.each(events.map((event, i) => [event, row[i]!] as const))(`${state}: %s → %s`, (event, wanted) => {
      const step = next(state as LaneState, event);
      const said = [step.state, ...step.effects].join(' ');
      expect(said).toBe(wanted === '·' ? state : wanted);
    });
  }

  it('gives the speaker to lane B with its first audio, and takes it back when the caller speaks', () => {
    expect(ownerOf(next('B_RESPONDING', 'firstAudio').state)).toBe('B');
    expect(ownerCause('firstAudio')).toBe('b_first_audio_ready');
    expect(ownerOf(next('B_PLAYING', 'bargeIn').state)).toBe('none');
    expect(ownerCause('bargeIn')).toBe('user_barge_in');
  });
});
