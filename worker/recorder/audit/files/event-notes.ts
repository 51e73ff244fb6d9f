import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import { eventFacts } from '../event-facts.ts';
import type { IndexDatabase } from './index-database.ts';

/** Where an event lies in its segment. */
export interface EventPlace {
  line: number;
  offset: number;
  length: number;
  late: boolean;
}

/** An event and where it came to lie. */
export interface IndexEntry {
  /** As it was read from its line: nothing else has a hash of 64 digits for certain. */
  event: AuditEvent;
  place: EventPlace;
}

/** A chain with what a batch adds to it. */
interface ChainGrowth {
  id: number;
  session: string;
  epoch: number;
  /** Its newest event so far; -1: there is none. */
  lastSeq: number;
  lastHash: string;
  /** How many more. */
  events: number;
  /** When it ended, should its end be among them. */
  closedAt: number | null;
}

/**
 * Notes the events of one batch, within one transaction; what is known already changes nothing. A batch has the events
 * of a chain one after the other, so that the chain is read and written once for all of them.
 */
export class EventNotes {
  readonly #db: IndexDatabase;
  readonly #segment: number;
  readonly #receivedMs: number;
  readonly #names = new Map<string, number>();
  #chain: ChainGrowth | undefined;

  /** @param segment its id */
  constructor(db: IndexDatabase, segment: number, receivedMs: number) {
    this.#db = db;
    this.#segment = segment;
    this.#receivedMs = receivedMs;
  }

  addAll(entries: readonly IndexEntry[]): void {
    for (const { event, place } of entries) {
      const { session, epoch } = event;
      if (this.#chain?.session !== session || this.#chain.epoch !== epoch) {
        this.#grow();
        this.#chain = this.#growthOf(session, epoch);
      }
      this.#add(event, place, this.#chain);
    }
    this.#grow();
  }

  #growthOf(session: string, epoch: number): ChainGrowth {
    const { id, lastSeq, lastHash } =
      this.#db.get<Pick<ChainGrowth, 'id' | 'lastSeq' | 'lastHash'>>(
        'SELECT id, last_seq AS lastSeq, last_hash AS lastHash FROM chains WHERE session = ? AND epoch = ?',
        session,
        epoch,
      ) ?? this.#begin(session, epoch);
    return { id, session, epoch, lastSeq, lastHash, events: 0, closedAt: null };
  }

  #begin(session: string, epoch: number): Pick<ChainGrowth, 'id' | 'lastSeq' | 'lastHash'> {
    const none = { lastSeq: -1, lastHash: '' };
    const { lastInsertRowid } = this.#db
      .statement('INSERT INTO chains VALUES (NULL, ?, ?, ?, ?, 0, NULL, ?, 1)')
      .run(session, epoch, none.lastSeq, none.lastHash, this.#receivedMs);
    return { id: Number(lastInsertRowid), ...none };
  }

  #add(event: AuditEvent, { line, offset, length, late }: EventPlace, chain: ChainGrowth): void {
    const { seq, hash, tenant, user, type } = event;
    const isNewest = seq > chain.lastSeq;
    const there = isNewest ? [] : hashesAt(this.#db, chain.id, seq);
    if (there.includes(hash)) return;
    const { atMs, decision, reasons, isLast } = eventFacts(event);
    const { lastInsertRowid } = this.#db
      .statement('INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        chain.id,
        seq,
        Buffer.from(hash, 'hex'),
        this.#segment,
        line,
        offset,
        length,
        late ? 1 : 0,
        atMs,
        this.#nameId(tenant),
        this.#nameId(user),
        this.#nameId(type),
        decision === undefined ? null : this.#nameId(decision),
      );
    for (const reason of reasons) {
      this.#db
        .statement('INSERT OR IGNORE INTO reasons VALUES (?, ?)')
        .run(this.#nameId(reason), lastInsertRowid);
    }
    // One that takes the place of another does not count.
    if (there.length > 0) return;
    chain.events++;
    if (isLast) chain.closedAt ??= atMs;
    if (isNewest) {
      chain.lastSeq = seq;
      chain.lastHash = hash;
    }
  }

  #grow(): void {
    if (this.#chain === undefined || this.#chain.events === 0) return;
    const { id, lastSeq, lastHash, events, closedAt } = this.#chain;
    this.#db
      .statement(
        `UPDATE chains SET last_seq = ?, last_hash = ?, events = events + ?, closed_at = coalesce(closed_at, ?),
           received_ms = max(received_ms, ?), unsealed = 1 WHERE id = ?`,
      )
      .run(lastSeq, lastHash, events, closedAt, this.#receivedMs, id);
  }

  /** Remembered for this transaction only: another may be undone. */
  #nameId(name: string): number {
    let id = this.#names.get(name);
    if (id === undefined) {
      id =
        this.#db.get<{ id: number }>('SELECT id FROM names WHERE name = ?', name)?.id ??
        Number(this.#db.statement('INSERT INTO names VALUES (NULL, ?)').run(name).lastInsertRowid);
      this.#names.set(name, id);
    }
    return id;
  }
}

/** Of the events at one place of a chain; more than one where somebody forged another. */
export function hashesAt(db: IndexDatabase, chain: number, seq: number): string[] {
  return db
    .all<{ hash: string }>(
      'SELECT lower(hex(hash)) AS hash FROM events WHERE chain = ? AND seq = ?',
      chain,
      seq,
    )
    .map(({ hash }) => hash);
}
