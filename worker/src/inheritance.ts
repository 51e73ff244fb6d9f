import type { MoveCause } from '@vjj/shared/link/open-request.ts';
import type { JournalEntry } from './journal/journal-entry.ts';

/** What is known of a call that another worker had. */
export interface Inheritance {
  entry: JournalEntry;
  cause: MoveCause;
  /** The last message the caller has. */
  seq: number;
  connection: string;
  /** How much sound has come over that connection; undefined: nobody knows. */
  soundMs: number | undefined;
  /** The last client frame that is a repetition; 0: there are none. */
  lastFrame: number;
  /** The last client frame that is none, and had arrived before. */
  received: number;
}
