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

interface LinkRecord {
  linkPath: string | null;
  machine: string | null;
  linkAddress: string | null;
}

/** The links of this gateway: one per worker, opened when a call first needs it, and kept. */
export class Workers {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #security: LinkSecurity;
  readonly #log: Logger;
  readonly #machine = machineId();
  readonly #links = new Map<string, Promise<WorkerLink>>();
  /** Each with where it leads. */
  readonly #open = new Map<WorkerLink, string>();
  /** The worker has another id and another link by now; they end when no call uses them any more. */
  readonly #outdated = new Set<WorkerLink>();
  /** Places where a worker fell silent, each with when. */
  readonly #silentSinceMs = new Map<string, number>();
  readonly #pings = new Ticker(pingPeriodMs);

  constructor(redis: Redis, keys: Keys, security: LinkSecurity, log: Logger) {
    this.#redis = redis;
    this.#keys = keys;
    this.#security = security;
    this.#log = log;
    this.#pings.add(() => {
      const links = [...this.#open];
      const limit = unansweredLimit(links.map(([{ unansweredPings }, place]) => [place, unansweredPings]));
      for (const [link] of links) link.checkAlive(limit);
      for (const link of this.#outdated) if (link.isIdle) link.close();
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
    const existing = this.#links.get(workerId);
    if (existing !== undefined) return existing;
    const opening = this.#openLink(workerId);
    this.#links.set(workerId, opening);
    opening.catch(() => this.#links.delete(workerId));
    return opening;
  }

  close(): void {
    for (const link of [...this.#open.keys()]) link.close();
  }

  async #openLink(workerId: string): Promise<WorkerLink> {
    const [linkPath = null, machine = null, linkAddress = null] = await this.#redis
      .hmget(this.#keys.recordPrefix + workerId, 'linkPath', 'machine', 'linkAddress')
      .catch((error: Error) => {
        throw new VjjError('REDIS_AWAY', error.message);
      });
    if (linkPath === null && linkAddress === null)
      throw new VjjError('WORKER_LOST', 'it is not registered any more');
    const address = this.#addressOf({ linkPath, machine, linkAddress });
    if (address === undefined) {
      this.#log.error(
        { worker: workerId },
        'the worker cannot be reached from this host: set LINK_HOST on workers of other hosts',
      );
      throw new VjjError('WORKER_LOST', 'no address');
    }
    const place = JSON.stringify(address);
    const timeoutMs = this.#fellSilentAt(place) ? connectTimeoutAtSilentMs : connectTimeoutMs;
    try {
      const link = await WorkerLink.open(address, this.#security, workerId, timeoutMs, (error, isSilent) => {
        if (isSilent) this.#silentSinceMs.set(place, monotonicMs());
        this.#links.delete(workerId);
        this.#open.delete(link);
        const isOutdated = this.#outdated.delete(link);
        const level = isOutdated && error === undefined ? 'info' : 'warn';
        this.#log[level](
          { worker: workerId, err: error?.message, isOutdated },
          'the link to a worker closed',
        );
      });
      // A process has one id at a time: one that registered anew is found at the same place under another.
      this.#silentSinceMs.delete(place);
      for (const [other, at] of this.#open) if (at === place) this.#outdated.add(other);
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

  #addressOf({ linkPath, machine, linkAddress }: LinkRecord): LinkAddress | undefined {
    // Containers of one machine share its id but not its files, so the socket must be there too.
    if (machine === this.#machine && linkPath && existsSync(linkPath)) return { path: linkPath };
    if (!linkAddress) return undefined;
    const at = linkAddress.lastIndexOf(':');
    return { host: linkAddress.slice(0, at), port: Number(linkAddress.slice(at + 1)) };
  }
}
