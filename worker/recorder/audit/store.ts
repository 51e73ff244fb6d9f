import type { RecordingHead } from '@vjj/shared/evidence/recording.ts';
import type { KeyRecord } from '@vjj/shared/evidence/session-key.ts';
import type { CheckpointContents } from './checkpoint.ts';

/** An event as the store keeps it: its line, byte for byte as it came, and where it lies. */
export interface StoredLine {
  line: string;
  /** `segments/<file>:<line>`, or the row of a database: for people. */
  where: string;
  /** It came after its session had ended or moved on. */
  late: boolean;
}

/** What became of a batch; every event of it is durable now. */
export interface AppendOutcome {
  stored: number;
  /** Were there already, the same byte for byte. */
  duplicates: number;
  late: number;
  /** Were no events; kept apart. */
  refused: number;
  /** Another event stands at the same place of the same chain; both are kept. */
  conflicts: ChainPlace[];
}

export interface ChainPlace {
  session: string;
  epoch: number;
  seq: number;
}

/** A chain of which events are missing that came before others it has. */
export interface Gap {
  session: string;
  epoch: number;
  missing: number;
  lastSeq: number;
}

/** What to look for; all of what is given must fit. */
export interface EventQuery {
  session?: string;
  tenant?: string;
  user?: string;
  type?: string;
  decision?: string;
  reason?: string;
  /** Wall time, ms: from (inclusive) to (exclusive). */
  fromMs?: number;
  toMs?: number;
}

/** One thing found while reading everything as it lies: an event, or what is no event. */
export type Scanned =
  | ({ kind: 'event' } & StoredLine)
  | {
      /** A place up to which a segment is whole. */
      kind: 'position';
      segment: string;
      bytes: number;
      hash: string;
      where: string;
    }
  /** It says that there was a checkpoint `n`. */
  | { kind: 'sealed'; n: number; where: string }
  | {
      kind: 'problem';
      problem: 'torn' | 'edited' | 'appended' | 'spliced' | 'reordered';
      where: string;
      detail: string;
    };

/**
 * Where audit events are kept. Several recorders may use one store at once: order of arrival does not matter, since
 * each event names its place in its chain.
 */
export interface AuditStore {
  /** For people: a folder, or a database without its password. */
  readonly name: string;
  readonly keys: KeyStore;
  readonly checkpoints: CheckpointLog;
  readonly recordings: RecordingStore;
  /** @throws while it is away, as a database may be from the beginning */
  reach(): Promise<void>;
  /** Resolves when all of them are durable. @throws when none may be taken as stored */
  append(lines: readonly string[]): Promise<AppendOutcome>;
  /** What fits, by time. */
  find(query: EventQuery): AsyncIterable<StoredLine>;
  /** Everything as it lies, without any index. */
  scan(): AsyncIterable<Scanned>;
  /** Chains with holes that got nothing for `quietMs`. */
  gaps(quietMs: number): Promise<Gap[]>;
  /**
   * Appends a checkpoint over what changed since the one before, if anything did. Of several recorders that try at
   * once one succeeds, and there is never a second checkpoint after the same one.
   * @param sign makes the checkpoint's line
   * @param unlessYoungerThanMs age of the last checkpoint at which another is due
   * @returns undefined: nothing changed, it is not due, or another recorder was faster
   */
  seal(sign: SignCheckpoint, unlessYoungerThanMs: number): Promise<StoredCheckpoint | undefined>;
  close(): Promise<void>;
}

/** @param lastAt when the checkpoint before was made, as it says (ISO) */
export type SignCheckpoint = (contents: CheckpointContents, lastAt: string | undefined) => string;

/** Who a key belongs to. */
export interface Person {
  tenant: string;
  user: string;
}

export interface Erased {
  /** Destroyed now. */
  keys: number;
  /** Whose keys were destroyed or refused, now or before. */
  sessions: string[];
}

/** Wrapped keys of the sealed fields. The first record of a chain stays. */
export interface KeyStore {
  /**
   * Durable when resolved. `erased`: it belongs to a session from before its person was erased; neither it nor any other
   * of that session is kept, whenever it comes.
   */
  put(record: KeyRecord): Promise<'stored' | 'erased'>;
  get(of: Pick<KeyRecord, 'session' | 'epoch' | 'tenant' | 'user'>): Promise<KeyRecord | undefined>;
  /** Destroys all keys of a person; keys of their sessions so far are refused from now on. */
  erase(person: Person, atMs: number): Promise<Erased>;
}

/** Recordings of calls, encrypted with the keys of their sessions. */
export interface RecordingStore {
  /**
   * Stores a file of this host and removes it; other recorders may do the same at the same time, and of one of them
   * it is `stored`. @throws to be tried again
   */
  take(path: string, head: RecordingHead): Promise<'stored' | 'taken'>;
  /** Those of a session, one for each epoch, in order. */
  find(session: string): Promise<StoredRecording[]>;
  /** Removes those of a person. @returns how many */
  erase(person: Person): Promise<number>;
  /**
   * Removes those of calls that ended before, or, in a database, were stored before; and what recorders that died have
   * left half done.
   * @param announce told how many, before the first is removed; when it throws none is
   * @returns how many were removed: another recorder may have been quicker
   */
  removeBefore(beforeMs: number, announce: (count: number) => Promise<void>): Promise<number>;
}

export interface StoredRecording {
  epoch: number;
  /** From its beginning. */
  read(): AsyncIterable<Buffer>;
}

/** A checkpoint as stored: its exact line, and the exact lines of its leaves. */
export interface StoredCheckpoint {
  n: number;
  line: string;
  leaves: string[];
  where: string;
}

export interface CheckpointLog {
  /** In order of their number, from `n` on. */
  read(from: number): AsyncIterable<StoredCheckpoint>;
  last(): Promise<StoredCheckpoint | undefined>;
  /** Number of the last checkpoint that reached `target`. */
  copiedTo(target: string): Promise<number>;
  markCopied(target: string, n: number): Promise<void>;
}
