import { type AuditEvent, genesis } from '@vjj/shared/evidence/event.ts';
import type { Finding, FindingKind } from './finding.ts';

/** Enough of a hash to tell that an event is the one that was named. */
const keptBytes = 16;
const kept = (hash: string): Buffer => Buffer.from(hash, 'hex').subarray(0, keptBytes);

interface Link {
  hash: string;
  prev: string;
  where: string;
}

/**
 * One chain, whose events may come in any order and more than once. Of events that are in their place only hashes are
 * kept, so that a store of any size is checked in one pass.
 */
export class ChainCheck {
  readonly session: string;
  readonly epoch: number;
  readonly findings: Finding[] = [];
  duplicates = 0;
  /** Beginning at seq 0 without a hole: how many, and their hashes. */
  #linked = 0;
  #hashes = Buffer.alloc(keptBytes * 8);
  /** Of the last linked one; undefined: it cannot be trusted. */
  #prev: string | undefined;
  /** Behind a hole. */
  readonly #waiting = new Map<number, Link>();
  /** Lines that are there, but not as they were written. */
  readonly #damaged = new Map<number, string>();
  #owner: Pick<AuditEvent, 'tenant' | 'user' | 'agent'> | undefined;
  #endSeq: number | undefined;
  #last: { seq: number; where: string } | undefined;

  constructor(session: string, epoch: number) {
    this.session = session;
    this.epoch = epoch;
    this.#prev = genesis(session, epoch);
  }

  get events(): number {
    return this.#linked + this.#waiting.size;
  }

  get hasHoles(): boolean {
    return this.#waiting.size > 0;
  }

  add(event: AuditEvent, where: string): void {
    const { seq, hash, prev } = event;
    const known = this.hashAt(seq);
    if (known !== undefined) {
      if (known.equals(kept(hash))) this.duplicates++;
      else this.#find('conflict', where, seq, 'another event stands at this place');
      return;
    }
    this.#checkOwner(event, where);
    if (event.type === 'session.ended') this.#endSeq = Math.min(seq, this.#endSeq ?? seq);
    if (this.#last === undefined || seq > this.#last.seq) this.#last = { seq, where };
    this.#waiting.set(seq, { hash, prev, where });
    this.#link();
  }

  /** A line claims this place, and is not as it was written. */
  addDamaged(seq: number, where: string): void {
    this.#damaged.set(seq, where);
  }

  /** Beginning of the hash of the event at this place; undefined: there is none. */
  hashAt(seq: number): Buffer | undefined {
    if (seq < this.#linked) return this.#hashes.subarray(seq * keptBytes, (seq + 1) * keptBytes);
    const waiting = this.#waiting.get(seq);
    return waiting && kept(waiting.hash);
  }

  /** Whether the event at this place is the one with this hash. */
  holds(seq: number, hash: string): boolean {
    return this.hashAt(seq)?.equals(kept(hash)) === true;
  }

  /** To be called once, when nothing more comes. */
  finish(): void {
    let next = this.#linked;
    let prev = this.#prev;
    for (const seq of [...this.#waiting.keys()].sort((a, b) => a - b)) {
      const link = this.#waiting.get(seq)!;
      if (seq > next) {
        prev = undefined;
        this.#findHole(next, seq - 1, link.where);
      }
      this.#checkLink(link, seq, prev);
      next = seq + 1;
      prev = link.hash;
    }
    if (this.#endSeq !== undefined && this.#last !== undefined && this.#last.seq > this.#endSeq) {
      this.#find(
        'after-end',
        this.#last.where,
        this.#last.seq,
        `the session had ended at seq ${this.#endSeq}`,
      );
    }
  }

  #link(): void {
    for (
      let link = this.#waiting.get(this.#linked);
      link !== undefined;
      link = this.#waiting.get(this.#linked)
    ) {
      this.#waiting.delete(this.#linked);
      this.#checkLink(link, this.#linked, this.#prev);
      if ((this.#linked + 1) * keptBytes > this.#hashes.length) {
        this.#hashes = Buffer.concat([this.#hashes, Buffer.alloc(this.#hashes.length)]);
      }
      kept(link.hash).copy(this.#hashes, this.#linked * keptBytes);
      this.#prev = link.hash;
      this.#linked++;
    }
  }

  #checkLink({ prev, where }: Link, seq: number, expected: string | undefined): void {
    if (expected === undefined || prev === expected) return;
    const before = seq === 0 ? 'the beginning of its chain' : `the event at seq ${seq - 1}`;
    this.#find('replaced', where, seq, `it does not follow ${before}: one of the two was replaced`);
  }

  /** What is missing, unless a damaged line says it stood there: that one was found already. */
  #findHole(from: number, to: number, where: string): void {
    const damaged = [...this.#damaged.keys()].filter((seq) => seq >= from && seq <= to);
    const missing = to - from + 1 - damaged.length;
    if (missing === 0) return;
    const which = from === to ? `seq ${from} is` : `${missing} of seq ${from} to ${to} are`;
    this.#find('missing', where, from, `${which} missing before this event`);
  }

  #checkOwner(event: AuditEvent, where: string): void {
    this.#owner ??= event;
    const differing = (['tenant', 'user', 'agent'] as const).filter(
      (name) => event[name] !== this.#owner?.[name],
    );
    if (differing.length === 0) return;
    this.#find('foreign', where, event.seq, `its ${differing.join(', ')} differs from that of its chain`);
  }

  #find(kind: FindingKind, where: string, seq: number, detail: string): void {
    this.findings.push({ kind, where, session: this.session, epoch: this.epoch, seq, detail });
  }
}
