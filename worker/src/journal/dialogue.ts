import type { HistoryItem } from '../provider/provider.ts';

/** Turns of both sides that are kept word for word: six of each. */
const keptTurns = 12;
/** A turn longer than this is kept to its beginning. */
const maxTurnChars = 2000;
/** What is remembered of a turn that is older. */
const summaryLineChars = 160;
const maxSummaryChars = 4000;

export interface Turn {
  role: 'user' | 'assistant';
  /** Empty: its words are still to come, or never did. */
  text: string;
}

/** A call in words: the last turns as they were, and older ones in short. */
export interface DialogueState {
  summary: string;
  turns: readonly Turn[];
}

/** Keeps the words of a call, bounded. */
export class Dialogue {
  #summary: string;
  #turns: Turn[];

  constructor({ summary, turns }: DialogueState = { summary: '', turns: [] }) {
    this.#summary = summary;
    this.#turns = turns.map((turn) => ({ ...turn }));
  }

  /** Adds a turn; its text may be filled in later with `write`. */
  add(role: Turn['role'], text: string): Turn {
    const turn = { role, text: text.slice(0, maxTurnChars) };
    this.#turns.push(turn);
    if (this.#turns.length > keptTurns) this.forgetOldest();
    return turn;
  }

  write(turn: Turn, text: string): void {
    turn.text = text.slice(0, maxTurnChars);
  }

  /** Keeps of the oldest turn only its beginning. False: there is none. */
  forgetOldest(): boolean {
    const oldest = this.#turns.shift();
    if (oldest === undefined) return false;
    if (oldest.text === '') return true;
    const who = oldest.role === 'user' ? 'Caller' : 'You';
    const text =
      oldest.text.length > summaryLineChars ? `${oldest.text.slice(0, summaryLineChars)}…` : oldest.text;
    const lines = `${this.#summary}\n${who}: ${text}`.trim();
    const cut = lines.length - maxSummaryChars;
    this.#summary = cut > 0 ? lines.slice(lines.indexOf('\n', cut) + 1) : lines;
    return true;
  }

  state(): DialogueState {
    return { summary: this.#summary, turns: this.#turns.filter(({ text }) => text !== '') };
  }

  /** The call so far, for a voice service that has not heard it. */
  history(): HistoryItem[] {
    const { summary, turns } = this.state();
    const items: HistoryItem[] = turns.map(({ role, text }) => ({ role, text }));
    if (summary !== '') items.unshift({ role: 'system', text: `Earlier in this call:\n${summary}` });
    return items;
  }
}
