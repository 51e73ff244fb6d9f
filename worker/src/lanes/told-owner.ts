import type { LaneState, Owner, ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import { type Event, ownerCause, ownerOf } from './arbitrator.ts';

/** Who owns the speaker as the caller knows it: their player throws away what it holds when that changes. */
export class ToldOwner {
  readonly #tell: (message: ServerMessageBody) => void;
  #owner: Owner = 'none';
  /**
   * An answer goes on that another worker began. Until its next sound the caller's player has some of it left, which
   * it would throw away if it were told that the speaker changes hands.
   */
  #isGoingOn = false;

  constructor(tell: (message: ServerMessageBody) => void) {
    this.#tell = tell;
  }

  get owner(): Owner {
    return this.#owner;
  }

  /**
   * What another worker has told.
   * @param isGoingOn the rest of what it was saying follows
   */
  restore(state: LaneState, isGoingOn: boolean): void {
    this.#owner = ownerOf(state);
    this.#isGoingOn = isGoingOn;
  }

  /** Tells who owns the speaker in that state, if it is somebody else. */
  follow(state: LaneState, event: Event): void {
    if (this.#isGoingOn && state === 'B_RESPONDING') return;
    this.#isGoingOn = false;
    this.#change(ownerOf(state), event);
  }

  /** One safe line follows another: what players hold of the one before is thrown away. */
  followAnother(event: Event): void {
    this.#change('none', event);
    this.#change('fallback', event);
  }

  #change(to: Owner, event: Event): void {
    const from = this.#owner;
    this.#owner = to;
    if (from !== to) this.#tell({ type: 'lane.owner_changed', from, to, cause: ownerCause(event) });
  }
}
