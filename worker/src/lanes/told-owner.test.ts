import type { LaneState, Owner } from '@vjj/shared/protocol/messages.ts';
import { describe, expect, it } from 'vitest';
import { ToldOwner } from './told-owner.ts';

function told() {
  const changes: [Owner, Owner][] = [];
  const owner = new ToldOwner((message) => {
    if (message.type === 'lane.owner_changed') changes.push([message.from, message.to]);
  });
  const follow = (...states: LaneState[]) => {
    for (const state of states) owner.follow(state, 'firstAudio');
  };
  return { owner, changes, follow };
}

describe('what the caller is told of who owns the speaker', () => {
  it('is each change, and nothing where it stays the same', () => {
    const { changes, follow } = told();
    follow('LISTENING', 'B_RESPONDING', 'A_PLAYING', 'B_PLAYING', 'LISTENING');
    expect(changes).toEqual([
      ['none', 'A'],
      ['A', 'B'],
      ['B', 'none'],
    ]);
  });

  it('is nothing of an answer that goes on from another worker: the player has some of it left', () => {
    const { owner, changes, follow } = told();
    owner.restore('B_PLAYING', true);
    follow('B_RESPONDING', 'B_PLAYING');
    expect(changes).toEqual([]);
    follow('B_RESPONDING');
    expect(changes).toEqual([['B', 'none']]);
  });

  it('is that nobody does in between when one safe line follows another', () => {
    const { owner, changes, follow } = told();
    follow('FALLBACK_PLAYING');
    owner.followAnother('policyCancel');
    follow('FALLBACK_PLAYING');
    expect(changes).toEqual([
      ['none', 'fallback'],
      ['fallback', 'none'],
      ['none', 'fallback'],
    ]);
  });
});
