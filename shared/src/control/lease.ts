import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { monotonicMs } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Keys } from './keys.ts';
import type { NewProcessRecord, Role } from './process-record.ts';
import { Script } from './script.ts';

const registerScript = new Script('register');
const renewScript = new Script('renew');
const leaveScript = new Script('leave');

/** A process takes its lease for lost so long before it runs out: clocks drift, and writes are under way. */
const fenceMs = 1000;

/** `<name>:<boot id>`: an incarnation, never used twice. */
export function newProcessId(index: number): string {
  const name = hostname().replace(/[^A-Za-z0-9.-]/g, '-');
  return `${name}-${index}:${randomBytes(6).toString('hex')}`;
}

export interface LeaseOptions {
  role: Role;
  /** Makes a fresh id; called again whenever a lease has run out. */
  newId: () => string;
  heartbeatMs: number;
  leaseMs: number;
  record: (id: string) => NewProcessRecord;
  /** Free slots without reservations; undefined: takes no new calls. */
  freeSlots: () => number | undefined;
  /** Called with each new id, and after each successful heartbeat. */
  onRegistered?: (id: string) => void;
  /**
   * @param peers how many of its role live, this one included
   * @param before how many of them come before it, in an order that is the same for all
   */
  onRenewed?: (peers: number, before: number) => void;
}

/**
 * The life of a process in the registry: registered once, renewed while unexpired, never revived.
 * When Redis is away it waits; when the lease has run out meanwhile it registers under a new id.
 */
export class Lease {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #log: Logger;
  readonly #options: LeaseOptions;
  #id: string | undefined;
  /** Whether Redis has taken it is not known: its answer came too late. Else it would be listed beside the next one. */
  #doubtfulId: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Until then the lease is ours whatever happens, on our own clock; counted from before we asked. */
  #heldUntilMs = 0;
  /** Beats go one after another: two at once could register two ids. */
  #beats: Promise<void> = Promise.resolve();

  constructor(redis: Redis, keys: Keys, log: Logger, options: LeaseOptions) {
    this.#redis = redis;
    this.#keys = keys;
    this.#log = log;
    this.#options = options;
  }

  /** The id under which the process is known now; undefined before the first registration. */
  get id(): string | undefined {
    return this.#id;
  }

  /**
   * Whether nobody else can have been given our sessions for want of a heartbeat. Past that what only an owner may
   * write must not be written, until the process holds a lease again.
   */
  isHeld(): boolean {
    return monotonicMs() < this.#heldUntilMs;
  }

  /** Registers now, or as soon as Redis can be reached; then renews until `stop`. */
  async start(): Promise<void> {
    await this.beatNow();
    this.#timer = setInterval(() => void this.beatNow(), this.#options.heartbeatMs);
  }

  /** Renews at once: the state of the process has changed. */
  beatNow(): Promise<void> {
    this.#beats = this.#beats.then(() => this.#beat());
    return this.#beats;
  }

  /** Leaves the registry. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    if (this.#id === undefined) return;
    try {
      await leaveScript.run(this.#redis, this.#allKeys(this.#id), [this.#id]);
    } catch (error) {
      this.#log.warn(
        { err: (error as Error).message },
        'could not leave the registry; the lease will run out',
      );
    }
  }

  async #beat(): Promise<void> {
    if (this.#isStopped || this.#redis.status !== 'ready') return;
    try {
      if (this.#id === undefined || !(await this.#renew(this.#id))) await this.#register();
    } catch (error) {
      this.#log.warn({ err: (error as Error).message }, 'heartbeat failed');
    }
  }

  async #renew(id: string): Promise<boolean> {
    const free = this.#options.freeSlots();
    const askedMs = monotonicMs();
    const result = await renewScript.run(this.#redis, this.#allKeys(id), [
      id,
      this.#options.leaseMs,
      free ?? '',
      ...this.#fields(id),
    ]);
    if (result === -1) return false;
    const { leaseMs } = this.#options;
    this.#heldUntilMs = askedMs + leaseMs - Math.min(fenceMs, leaseMs / 4);
    const [peers, before] = result as [number, number];
    this.#options.onRenewed?.(peers, before);
    return true;
  }

  async #register(): Promise<void> {
    const doubtful = this.#doubtfulId;
    if (doubtful !== undefined) await leaveScript.run(this.#redis, this.#allKeys(doubtful), [doubtful]);
    this.#doubtfulId = undefined;
    const before = this.#id;
    const id = this.#options.newId();
    const [zset, record, free] = this.#allKeys(id);
    // Known here before it is known to others: the first call may come before Redis' answer.
    this.#id = id;
    try {
      const result = await registerScript.run(
        this.#redis,
        [zset, record, free],
        [id, this.#options.leaseMs, this.#options.freeSlots() ?? '', ...this.#fields(id)],
      );
      if (result === -1) throw new Error(`the id ${id} was used before`);
    } catch (error) {
      this.#id = before;
      this.#doubtfulId = id;
      throw error;
    }
    if (before !== undefined) this.#log.warn({ before, id }, 'the lease had run out; registered anew');
    this.#options.onRegistered?.(id);
    await this.#renew(id);
  }

  #allKeys(id: string): [string, string, string, string] {
    const zset = this.#keys[`${this.#options.role}s`];
    return [zset, this.#keys.recordPrefix + id, this.#keys.free, this.#keys.reservedPrefix + id];
  }

  #fields(id: string): (string | number)[] {
    return Object.entries(this.#options.record(id)).flat();
  }
}
