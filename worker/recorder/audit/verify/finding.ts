/**
 * - `edited`: bytes are not those that were written; `reordered`, `appended`, `spliced`: lines were moved, put in, or
 *   taken from elsewhere; `truncated`: less is there than was sealed
 * - `missing`: events of a chain are gone; `missing-session`: all of them are
 * - `replaced`: an event is whole, but not the one its neighbours or a seal name; `conflict`: two are at one place
 * - `foreign`: it names another person, tenant or agent than its chain; `after-end`: its session had ended
 * - `checkpoint-…`: a seal is gone (`missing`), not the one that was made (`swapped`), older than what is known to have
 *   been made (`rolled-back`), not signed by a trusted key (`signature`), or its leaves were changed (`leaves`)
 */
export type FindingKind =
  | 'edited'
  | 'reordered'
  | 'appended'
  | 'spliced'
  | 'truncated'
  | 'missing'
  | 'missing-session'
  | 'replaced'
  | 'conflict'
  | 'foreign'
  | 'after-end'
  | 'checkpoint-missing'
  | 'checkpoint-swapped'
  | 'checkpoint-rolled-back'
  | 'checkpoint-signature'
  | 'checkpoint-leaves';

/** Something that must not be. */
export interface Finding {
  kind: FindingKind;
  /** File and line, or row. */
  where: string;
  session?: string;
  epoch?: number;
  seq?: number;
  detail: string;
}

/** Something worth knowing that proves nothing. */
export interface Note {
  kind: 'torn' | 'unsealed' | 'copies' | 'under-way';
  where: string;
  detail: string;
}

export interface VerifyReport {
  findings: Finding[];
  notes: Note[];
  sessions: number;
  chains: number;
  events: number;
  /** The same event stored more than once, which is harmless. */
  duplicates: number;
  late: number;
  checkpoints: number;
}
