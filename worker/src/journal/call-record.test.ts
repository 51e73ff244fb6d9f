import { describe, expect, it } from 'vitest';
import { CallRecord } from './call-record.ts';

/** A call in which each thing said is one frame. */
function call() {
  const record = new CallRecord('session');
  let frame = 0;
  return {
    record,
    says: (itemId?: string) => {
      record.frames.frame(++frame, frame * 2000);
      record.taken(itemId);
    },
    turns: () => record.dialogue.state().turns.map(({ text }) => text),
    state: () => record.state(frame * 2000),
  };
}

describe('words of the caller', () => {
  it('that come late are those of their own turn, and settle no other', () => {
    const { record, says, turns, state } = call();
    says('u1');
    record.said('Our shop opens'); // spoken over
    says('u2');
    record.heard('When do you open?', 'u1');
    expect(turns()).toEqual(['When do you open?', 'Our shop opens']);
    expect(state()).toMatchObject({ isAwaitingWords: true, turn: 1, frame: 1 });
    record.heard('On Sundays, I mean.', 'u2');
    expect(turns()).toEqual(['When do you open?', 'Our shop opens', 'On Sundays, I mean.']);
    expect(state()).toMatchObject({ isAwaitingWords: false, turn: 2, frame: 2 });
  });

  it('of what was no turn are nowhere', () => {
    const { record, says, turns, state } = call();
    says('u1');
    record.heard('Uh-huh.', 'forgotten');
    expect(turns()).toEqual([]);
    expect(state()).toMatchObject({ isAwaitingWords: true, frame: 0 });
  });

  it('handed over by the caller are named by the service afterwards, in their order', () => {
    const { record, says, turns } = call();
    says();
    says();
    record.named('u1');
    record.named('u2');
    record.heard('Second.', 'u2');
    record.heard('First.', 'u1');
    expect(turns()).toEqual(['First.', 'Second.']);
  });

  it('that the service never took give their place to what is said next', () => {
    const { record, says, turns } = call();
    says();
    record.said('Sorry?');
    says();
    record.named('u2');
    record.heard('Hello?', 'u2');
    expect(turns()).toEqual(['Sorry?', 'Hello?']);
  });

  it('that never come are waited for until much more was said', () => {
    const { record, says, state } = call();
    for (let i = 1; i <= 8; i++) says(`u${i}`);
    expect(state().frame).toBe(0);
    says('u9');
    expect(state()).toMatchObject({ isAwaitingWords: true, frame: 1 });
    record.said('Yes.');
    expect(state()).toMatchObject({ isAwaitingWords: false, frame: 9 });
  });
});
