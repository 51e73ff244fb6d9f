import { RequestError } from '../api-error.ts';
import { FaultBook, type FaultKind, type FaultOf, type FaultSubject, type Reordering } from '../faults.ts';
import { changedScript, type Script, type ScriptPatch, type SessionPatch, takeMarker } from '../script.ts';

/** How one session behaves: the emulator's script and faults, with its own before them. */
export class Behaviour {
  readonly #sharedScript: () => Script;
  readonly #sharedFaults: FaultBook;
  readonly #ownFaults = new FaultBook();
  readonly #subject: () => FaultSubject;
  #ownScript: ScriptPatch = {};

  constructor(script: () => Script, faults: FaultBook, subject: () => FaultSubject) {
    this.#sharedScript = script;
    this.#sharedFaults = faults;
    this.#subject = subject;
  }

  get script(): Script {
    return changedScript(this.#sharedScript(), this.#ownScript);
  }

  /** No fault is in force for anybody: the fast path. */
  get isFaultless(): boolean {
    return this.#ownFaults.isEmpty && this.#sharedFaults.isEmpty;
  }

  /** Adds to the session's own script; faults given replace its own faults. */
  apply({ faults, ...script }: SessionPatch): void {
    this.#ownScript = { ...this.#ownScript, ...script };
    if (!faults) return;
    this.#ownFaults.clear();
    for (const fault of faults) this.#ownFaults.add(fault);
  }

  /** Uses a fault of this kind, the session's own first. */
  strike<K extends FaultKind>(kind: K, accept?: (fault: FaultOf<K>) => boolean): FaultOf<K> | undefined {
    if (this.isFaultless) return undefined;
    const subject = this.#subject();
    return this.#ownFaults.strike(kind, subject, accept) ?? this.#sharedFaults.strike(kind, subject, accept);
  }

  /** Uses every fault of this kind that passes `accept`. */
  strikeEach<K extends FaultKind>(kind: K, accept: (fault: FaultOf<K>) => boolean): FaultOf<K>[] {
    const subject = this.#subject();
    const books = [this.#ownFaults, this.#sharedFaults];
    return books.flatMap((book) => (book.isEmpty ? [] : book.strikeEach(kind, subject, accept)));
  }

  /** Whether this other legal order is ordered. */
  reorders(what: Reordering): boolean {
    return this.strike('reorder', (fault) => fault.what?.includes(what) ?? true) !== undefined;
  }
}

/**
 * The patch in a text's marker.
 *
 * @throws {RequestError} a wrong marker is the test author's mistake and must not pass unseen
 */
export function markerOf(text: string): SessionPatch {
  try {
    return takeMarker(text).patch ?? {};
  } catch (error) {
    throw new RequestError(`The [emulator:…] marker is wrong: ${String(error)}`, {
      code: 'invalid_emulator_marker',
    });
  }
}
