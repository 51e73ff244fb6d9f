import { describe, expect, it } from 'vitest';
import { Dialogue } from './dialogue.ts';
import { type JournalEntry, JournalError, maxJournalBytes, readEntry, writeEntry } from './journal-entry.ts';

const state: Omit<JournalEntry, 'version' | 'summary' | 'turns'> = {
  start: { agent: 'default', audio: 'binary' },
  mode: 'open-mic',
  isReady: true,
  speaker: {
    state: 'B_PLAYING',
    answer: 3,
    isAnnounced: true,
    inProgress: {
      before: '',
      text: 'words',
      isWhole: false,
      soundMs: 10,
      releasedMs: 5,
      prefaceMs: 0,
      isPaused: false,
    },
  },
  isAwaitingWords: false,
  turn: 4,
  connection: 'c',
  frame: 7,
  done: [9],
  seq: 40,
  soundMs: 1200.5,
  startedAt: 1_764_300_000_000,
  generation: 2,
  oldestGeneration: 1,
};

describe('a journal entry', () => {
  it('is read as it was written', () => {
    const dialogue = new Dialogue();
    dialogue.add('user', 'hello');
    const data = writeEntry(state, dialogue);
    expect(readEntry(data)).toEqual({ version: 1, ...state, ...dialogue.state() });
  });

  it.each([
    ['an older version', JSON.stringify({ version: 0 }), /of version 0/],
    ['none', JSON.stringify(null), /of version undefined/],
    ['no JSON', '{', /not JSON/],
    [
      'a wrong field',
      JSON.stringify({ ...state, summary: '', turns: [], version: 1, mode: 'shout' }),
      /at mode$/,
    ],
  ])('of %s is refused, and no word of it is in the message', (_, data, message) => {
    expect(() => readEntry(data)).toThrow(JournalError);
    expect(() => readEntry(data)).toThrow(message);
  });

  it('stays within its size: older turns become shorter, then few', () => {
    const dialogue = new Dialogue();
    for (let i = 0; i < 40; i++) {
      dialogue.add('user', `question ${i} ${'日本語'.repeat(1000)}`);
      dialogue.add('assistant', `answer ${i} ${'€'.repeat(3000)}`);
    }
    const data = writeEntry(state, dialogue);
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(maxJournalBytes);
    const read = readEntry(data);
    expect(read.turns.at(-1)?.text).toMatch(/^answer 39 /);
    expect(read.summary).toMatch(/Caller: question 3\d /);
  });
});

describe('the words of a call', () => {
  it('are kept as they were for six turns of each, and in short before that', () => {
    const dialogue = new Dialogue();
    for (let i = 0; i < 10; i++) {
      dialogue.add('user', `question ${i}`);
      dialogue.add('assistant', `answer ${i}`);
    }
    const [summary, ...turns] = dialogue.history();
    expect(turns.map(({ text }) => text).slice(0, 2)).toEqual(['question 4', 'answer 4']);
    expect(turns).toHaveLength(12);
    expect(summary).toMatchObject({ role: 'system' });
    expect(summary!.text).toContain('Caller: question 0\nYou: answer 0');
  });

  it('that come late stand where they were said', () => {
    const dialogue = new Dialogue();
    const turn = dialogue.add('user', '');
    dialogue.add('assistant', 'answer');
    expect(dialogue.history()).toEqual([{ role: 'assistant', text: 'answer' }]);
    dialogue.write(turn, 'question');
    expect(dialogue.history().map(({ text }) => text)).toEqual(['question', 'answer']);
  });
});
