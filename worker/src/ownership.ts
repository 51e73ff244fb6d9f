import { inOneWrite } from '@vjj/shared/control/gathered-writes.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { adopt, confirm, release } from '@vjj/shared/control/pins.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import type { Hosted } from './calls.ts';

/** Keeps the pins of this worker's sessions true: confirmed when they open, adopted when they must be, released at their end. */
export class Ownership {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #log: Logger;
  /** Sessions whose pin is to be written, or to be moved to the id this worker has now. */
  readonly #unsure = new Set<Hosted>();
  readonly #asking = new Map<Hosted, Promise<void>>();
  readonly #unreleased = new Set<Hosted>();
  /** Of those, calls whose slot nobody has been told to be free. */
  readonly #held = new Set<Hosted>();
  /** Opened in this turn of the event loop. */
  #opened: Hosted[] = [];
  /** The id this worker has now. */
  #owner: string | undefined;
  /** The journal of the session is not being written any more. */
  settled: (hosted: Hosted) => Promise<void> = async () => undefined;
  /** Its pin is ours, perhaps another one than before: the journal must be written whole. */
  onSure: (hosted: Hosted) => void = () => undefined;

  constructor(redis: Redis, keys: Keys, log: Logger) {
    this.#redis = redis;
    this.#keys = keys;
    this.#log = log;
  }

  /**
   * Slots of calls that are over and not released yet. Releasing gives them back; a heartbeat that counted them as free
   * before would give them back twice.
   */
  get heldSlots(): number {
    return this.#held.size;
  }

  opened(hosted: Hosted): void {
    this.#unsure.add(hosted);
    if (this.#opened.push(hosted) === 1) setImmediate(this.#askOpened);
  }

  closed(hosted: Hosted): void {
    this.#unsure.delete(hosted);
    if (!hosted.isLeftForCaller) void this.#release(hosted);
  }

  /** The worker has an id of its own, perhaps another one than before: its sessions are to be found under it. */
  registered(owner: string, sessions: Iterable<Hosted>): void {
    this.#owner = owner;
    for (const hosted of sessions) if (hosted.pin.owner !== owner) this.opened(hosted);
  }

  /** Redis has forgotten whose the session is. */
  forgotten(hosted: Hosted): void {
    this.opened(hosted);
  }

  /** A pin says that another worker has the session, which is proof; silence of Redis proves nothing. */
  lost({ id, pin, session }: Hosted): void {
    this.#log.warn({ session: id, epoch: pin.epoch }, 'a session belongs to another worker; letting it go');
    session.letGo();
  }

  /** Tries again what Redis has not answered yet. */
  tryRest(): void {
    for (const hosted of this.#unsure) void this.#ask(hosted);
    for (const hosted of this.#unreleased) void this.#release(hosted);
  }

  readonly #askOpened = (): void => {
    const opened = this.#opened;
    this.#opened = [];
    inOneWrite(this.#redis, () => {
      for (const hosted of opened) if (this.#unsure.has(hosted)) void this.#ask(hosted);
    });
  };

  async #release(hosted: Hosted): Promise<void> {
    this.#unreleased.add(hosted);
    if (hosted.placedMs !== undefined) this.#held.add(hosted);
    // What is under way would write the pin or the journal again.
    await Promise.all([this.#asking.get(hosted), this.settled(hosted)]);
    this.#held.delete(hosted); // what is sent from now on comes after it
    try {
      await release(this.#redis, this.#keys, hosted.id, hosted.pin);
      this.#unreleased.delete(hosted);
    } catch (error) {
      if (hosted.placedMs !== undefined) this.#held.add(hosted);
      this.#log.warn(
        { session: hosted.id, err: (error as Error).message },
        'could not release a pin; trying again',
      );
    }
  }

  #ask(hosted: Hosted): Promise<void> {
    const before = this.#asking.get(hosted);
    if (before !== undefined) return before;
    const asking = this.#askNow(hosted).finally(() => this.#asking.delete(hosted));
    this.#asking.set(hosted, asking);
    return asking;
  }

  async #askNow(hosted: Hosted): Promise<void> {
    const { id, pin } = hosted;
    const owner = this.#owner ?? pin.owner;
    try {
      const sure =
        owner === pin.owner
          ? (await confirm(this.#redis, this.#keys, id, pin)) && pin
          : await adopt(this.#redis, this.#keys, id, pin, owner);
      if (sure) hosted.pin = sure;
      if (!this.#unsure.has(hosted)) return; // it is over meanwhile
      if (sure && owner !== (this.#owner ?? owner)) return; // registered anew meanwhile; asked again with the next beat
      this.#unsure.delete(hosted);
      if (sure) this.onSure(hosted);
      else this.lost(hosted);
    } catch (error) {
      this.#log.warn({ session: id, err: (error as Error).message }, 'could not confirm a pin; trying again');
    }
  }
}
