import { existsSync } from 'node:fs';
import { monotonicMs, Ticker } from '@vjj/shared/clock.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { machineId } from '@vjj/shared/process/machine.ts';
import type { Redis } from 'ioredis';
import { unansweredLimit } from './silent-workers.ts';
import { type LinkAddress, type LinkSecurity, WorkerLink } from './worker-link.ts';

/** A worker that was stopped is given up after four of these at most, and its callers may wait 4.5 s in all. */
const pingPeriodMs = 900;
const connectTimeoutMs = 3000;
/**
 * Where a worker has just fallen silent, whoever is found there under another id is most likely the same one, which had
 * registered anew: its callers have waited long enough. One that lives answers in this time.
 */
const connectTimeoutAtSilentMs = 250;
/** A worker that was stopped for longer is offered by nobody any more: its lease has run out. */
const silentForMs = 10_000;
export interface WorkersOptions {
  security: LinkSecurity;
  /**
   * `CALLERS_PER_LINK`. A Unix socket holds 200 KB, and a worker reads it once in a turn of its event loop: with turns of
   * 25 ms, 9 MB/s come through, which is less than 1,000 callers say who push to talk.
   */
  callersPerLink: number;
  log: Logger;
}

interface LinkRecord {
  linkPath: string | null;
  machine: string | null;
  linkAddress: string | null;
}

/** The links of this gateway: one per worker and so many callers, opened when a call first needs it, and kept. */
export class Workers {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #security: LinkSecurity;
  readonly #callersPerLink: number;
  readonly #log: Logger;
  readonly #machine = machineId();
  /** Links that are being opened, by the workers' ids. */
  readonly #opening = new Map<string, Promise<WorkerLink>>();
  /** Each with where it leads. */
  readonly #open = new Map<WorkerLink, string>();
  /** Another link to the same worker has closed: should it be dead, these will close too. Until one is opened nobody is given them. */
  readonly #doubtful = new Set<WorkerLink>();
  /** The worker has another id and another link by now; they end when no call uses them any more. */
  readonly #outdated = new Set<WorkerLink>();
  /** Places where a worker fell silent, each with when. */
  readonly #silentSinceMs = new Map<string, number>();
  readonly #pings = new Ticker(pingPeriodMs);

  constructor(redis: Redis, keys: Keys, { security, callersPerLink, log }: WorkersOptions) {
    this.#redis = redis;
    this.#keys = keys;
    this.#security = security;
    this.#callersPerLink = callersPerLink;
    this.#log = log;
    this.#pings.add(() => {
      const links = [...this.#open];
      const limit = unansweredLimit(links.map(([{ unansweredPings }, place]) => [place, unansweredPings]));
      for (const [link] of links) link.checkAlive(limit);
      for (const link of this.#outdated) if (link.callers === 0) link.close();
    });
  }

  get count(): number {
    return this.#open.size;
  }

  /** Bytes waiting on all links. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const link of this.#open.keys()) bytes += link.queuedBytes;
    return bytes;
  }

  /** There is a link to it already, so that nobody need be asked where it is. */
  isLinkedTo(workerId: string): boolean {
    for (const link of this.#open.keys()) if (link.workerId === workerId) return true;
    return false;
  }

  /** @throws {VjjError} WORKER_LOST when it cannot be reached, REDIS_AWAY when nobody can say where it is */
  async linkTo(workerId: string): Promise<WorkerLink> {
    const widest = this.#widestTo(workerId);
    if (widest !== undefined && widest.callers < this.#callersPerLink) return widest;
    const opening = this.#opening.get(workerId) ?? this.#openLink(workerId);
    if (widest === undefined) return opening;
    // Nobody waits for another link, and there are callers whom this one takes without it.
    opening.catch(() => undefined);
    return widest;
  }

  /** The link with the fewest callers of those that are sure to lead there. */
  #widestTo(workerId: string): WorkerLink | undefined {
    let widest: WorkerLink | undefined;
    for (const link of this.#open.keys()) {
      if (link.workerId !== workerId || link.isClosed || this.#doubtful.has(link)) continue;
      if (widest === undefined || link.callers < widest.callers) widest = link;
    }
    return widest;
  }

  close(): void {
    for (const link of [...this.#open.keys()]) link.close();
  }

  #openLink(workerId: string): Promise<WorkerLink> {
    const opening = this.#newLink(workerId).finally(() => this.#opening.delete(workerId));
    this.#opening.set(workerId, opening);
    return opening;
  }

  async #newLink(workerId: string): Promise<WorkerLink> {
    const address = this.#knownAddressOf(workerId) ?? (await this.#registeredAddressOf(workerId));
    const place = JSON.stringify(address);
    const timeoutMs = this.#fellSilentAt(place) ? connectTimeoutAtSilentMs : connectTimeoutMs;
    try {
      const link = await WorkerLink.open(address, this.#security, workerId, timeoutMs, (error, isSilent) => {
        if (isSilent) this.#silentSinceMs.set(place, monotonicMs());
        this.#open.delete(link);
        this.#doubtful.delete(link);
        for (const other of this.#open.keys()) if (other.workerId === workerId) this.#doubtful.add(other);
        const isOutdated = this.#outdated.delete(link);
        const level = isOutdated && error === undefined ? 'info' : 'warn';
        this.#log[level](
          { worker: workerId, err: error?.message, isOutdated },
          'the link to a worker closed',
        );
      });
      // A process has one id at a time: one that registered anew is found at the same place under another.
      this.#silentSinceMs.delete(place);
      for (const [other, at] of this.#open) {
        if (other.workerId === workerId) this.#doubtful.delete(other);
        else if (at === place) this.#outdated.add(other);
      }
      this.#open.set(link, place);
      this.#log.info({ worker: workerId }, 'linked to a worker');
      return link;
    } catch (error) {
      this.#log.error({ worker: workerId, err: (error as Error).message }, 'could not link to a worker');
      throw new VjjError('WORKER_LOST', (error as Error).message);
    }
  }

  #fellSilentAt(place: string): boolean {
    for (const [other, sinceMs] of this.#silentSinceMs)
      if (monotonicMs() - sinceMs > silentForMs) this.#silentSinceMs.delete(other);
    return this.#silentSinceMs.has(place);
  }

  /** Where a link leads to it already. */
  #knownAddressOf(workerId: string): LinkAddress | undefined {
    for (const link of this.#open.keys()) if (link.workerId === workerId) return link.address;
    return undefined;
  }

  async #registeredAddressOf(workerId: string): Promise<LinkAddress> {
    const [linkPath = null, machine = null, linkAddress = null] = await this.#redis
      .hmget(this.#keys.recordPrefix + workerId, 'linkPath', 'machine', 'linkAddress')
      .catch((error: Error) => {
        throw new VjjError('REDIS_AWAY', error.message);
      });
    if (linkPath === null && linkAddress === null)
      throw new VjjError('WORKER_LOST', 'it is not registered any more');
    const address = this.#addressOf({ linkPath, machine, linkAddress });
    if (address !== undefined) return address;
    this.#log.error(
      { worker: workerId },
      'the worker cannot be reached from this host: set LINK_HOST on workers of other hosts',
    );
    throw new VjjError('WORKER_LOST', 'no address');
  }

  #addressOf({ linkPath, machine, linkAddress }: LinkRecord): LinkAddress | undefined {
    // Containers of one machine share its id but not its files, so the socket must be there too.
    if (machine === this.#machine && linkPath && existsSync(linkPath)) return { path: linkPath };
    if (!linkAddress) return undefined;
    const at = linkAddress.lastIndexOf(':');
    return { host: linkAddress.slice(0, at), port: Number(linkAddress.slice(at + 1)) };
  }
}
