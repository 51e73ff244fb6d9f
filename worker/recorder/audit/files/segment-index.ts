import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import type { ChainPlace, EventQuery, Gap } from '../store.ts';
import { EventNotes, hashesAt, type IndexEntry } from './event-notes.ts';
import { findPlaces, type IndexedPlace } from './find-places.ts';
import { IndexDatabase } from './index-database.ts';
import type { SegmentPosition } from './scan-segment.ts';

/** What is known of an event before it is stored. */
export interface Known {
  /** `same`: it is there, byte for byte; `other`: something else stands at its place. */
  presence: 'new' | 'same' | 'other';
  late: boolean;
}

/** A chain as events that come for it find it. */
interface ChainSoFar {
  id: number;
  /** -1: it has no event. */
  lastSeq: number;
  /** It has ended, or its session has moved on. */
  isOver: boolean;
}

interface UnsealedChain extends ChainPlace {
  hash: string;
  events: number;
}

interface UnsealedSegment {
  segment: string;
  bytes: number;
  hash: string;
}

/**
 * What lies where in the segments, for look-ups. Nothing in it is evidence: it is made from the segments, may be
 * deleted at any time, and `verify` does not read it. All recorders of a folder share it.
 */
export class SegmentIndex {
  readonly #db: IndexDatabase;

  private constructor(db: IndexDatabase) {
    this.#db = db;
  }

  /** @param folder of the store */
  static open(folder: string): SegmentIndex {
    return new SegmentIndex(IndexDatabase.open(folder));
  }

  static remove(folder: string): void {
    IndexDatabase.remove(folder);
  }

  /** Up to where a segment is noted; undefined: nothing of it is. */
  position(segment: string): SegmentPosition | undefined {
    return this.#db.get<SegmentPosition>(
      'SELECT bytes, lines, batches, hash FROM segments WHERE name = ?',
      segment,
    );
  }

  look(events: Iterable<AuditEvent>): Map<AuditEvent, Known> {
    const chains = new Map<string, ChainSoFar>();
    const known = new Map<AuditEvent, Known>();
    this.#db.reading(() => {
      for (const event of events) {
        const name = `${event.epoch} ${event.session}`;
        const chain = chains.get(name) ?? this.#chainSoFar(event);
        chains.set(name, chain);
        known.set(event, { presence: this.#presence(event, chain), late: chain.isOver });
      }
    });
    return known;
  }

  #chainSoFar({ session, epoch }: AuditEvent): ChainSoFar {
    const itAndNext = this.#db.all<{ id: number; epoch: number; lastSeq: number; closedAt: number | null }>(
      `SELECT id, epoch, last_seq AS lastSeq, closed_at AS closedAt FROM chains WHERE session = ? AND epoch >= ?
       ORDER BY epoch LIMIT 2`,
      session,
      epoch,
    );
    const { id, lastSeq } = itAndNext.find((chain) => chain.epoch === epoch) ?? { id: 0, lastSeq: -1 };
    const isOver = itAndNext.some((chain) => chain.epoch > epoch || chain.closedAt !== null);
    return { id, lastSeq, isOver };
  }

  #presence({ seq, hash }: AuditEvent, { id, lastSeq }: ChainSoFar): Known['presence'] {
    if (seq > lastSeq) return 'new';
    const there = hashesAt(this.#db, id, seq);
    if (there.includes(hash)) return 'same';
    return there.length > 0 ? 'other' : 'new';
  }

  /** Notes a whole batch; what is known already changes nothing. */
  add(
    segment: string,
    entries: readonly IndexEntry[],
    { bytes, lines, batches, hash }: SegmentPosition,
    receivedMs: number,
  ): void {
    this.transaction(() => {
      const noted = this.#db.get<{ id: number }>(
        `INSERT INTO segments (name, bytes, lines, batches, hash, unsealed) VALUES (?1, ?2, ?3, ?4, ?5, 1)
         ON CONFLICT (name) DO UPDATE SET bytes = ?2, lines = ?3, batches = ?4, hash = ?5, unsealed = 1
           WHERE bytes < ?2 RETURNING id`,
        segment,
        bytes,
        lines,
        batches,
        hash,
      );
      // Another process noted this batch meanwhile.
      if (noted === undefined) return;
      new EventNotes(this.#db, noted.id, receivedMs).addAll(entries);
    });
  }

  /** Places of what fits, by time: of many only the first, or those after one of them. */
  page(query: EventQuery, after: IndexedPlace | undefined): IndexedPlace[] {
    return findPlaces(this.#db, query, after);
  }

  /** A chain has events 0 … last; those it lacks are missing. */
  gaps(beforeMs: number): Gap[] {
    return this.#db.all<Gap>(
      `SELECT session, epoch, last_seq + 1 - events AS missing, last_seq AS lastSeq FROM chains
       WHERE events < last_seq + 1 AND received_ms < ? ORDER BY session, epoch`,
      beforeMs,
    );
  }

  unsealed(): { chains: UnsealedChain[]; segments: UnsealedSegment[]; allChains: number } {
    return {
      chains: this.#db.all<UnsealedChain>(
        `SELECT session, epoch, last_seq AS seq, last_hash AS hash, events FROM chains WHERE unsealed = 1
         ORDER BY session, epoch`,
      ),
      segments: this.#db.all<UnsealedSegment>(
        'SELECT name AS segment, bytes, hash FROM segments WHERE unsealed = 1 ORDER BY name',
      ),
      allChains: this.#db.get<{ n: number }>('SELECT count(*) AS n FROM chains')!.n,
    };
  }

  markSealed(): void {
    for (const table of ['chains', 'segments']) {
      this.#db.statement(`UPDATE ${table} SET unsealed = 0 WHERE unsealed = 1`).run();
    }
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }

  close(): void {
    this.#db.close();
  }
}
