import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Redis } from 'ioredis';
import type { PhraseDisk } from './phrase-disk.ts';
import { decodePhrase, encodePhrase } from './stored-phrase.ts';

/** Thirty days: a line that an agent still speaks is put back by the first process that starts without it. */
const redisLifetimeSeconds = 30 * 24 * 3600;
/** Larger ones (about 10 s) stay out of Redis: heartbeats share the connection. */
const redisMostBytes = 512 * 1024;

/**
 * Spoken lines that outlive the process: a folder for this host, Redis for the others. It is read and written
 * when a process gets ready, never during a call; without Redis the folder alone serves.
 */
export class PhraseCache {
  readonly #disk: PhraseDisk;
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(disk: PhraseDisk, redis: Redis, keys: Keys) {
    this.#disk = disk;
    this.#redis = redis;
    this.#keys = keys;
  }

  /** The audio of a line, or undefined. Never rejects. */
  async find(hash: string): Promise<Buffer | undefined> {
    const onDisk = await this.#disk.read(hash);
    if (onDisk !== undefined) return onDisk;
    const stored = await this.#redis.getBuffer(this.#keys.phrase(hash)).catch(() => null);
    const pcm = stored === null ? undefined : decodePhrase(stored);
    if (pcm !== undefined) await this.#disk.write(hash, pcm);
    return pcm;
  }

  /** Keeps a line wherever that is possible. Never rejects. */
  async keep(hash: string, pcm: Buffer): Promise<void> {
    await this.#disk.write(hash, pcm);
    const stored = encodePhrase(pcm);
    if (stored.length > redisMostBytes) return;
    await this.#redis.set(this.#keys.phrase(hash), stored, 'EX', redisLifetimeSeconds).catch(() => undefined);
  }

  /**
   * Whether this process should have the line spoken: of all that start together only one asks the voice service
   * for it, the others go on with their next line and come back. Without Redis everybody does its own work. Who
   * claims and dies holds the others up for `lifetimeMs`; who claims too late only works twice.
   */
  async claim(hash: string, lifetimeMs: number): Promise<boolean> {
    const key = this.#keys.phraseClaim(hash);
    return this.#redis.set(key, process.pid, 'PX', lifetimeMs, 'NX').then(
      (answer) => answer === 'OK',
      () => true,
    );
  }

  /** Lets others try; after `keep`, or when the voice service refused. */
  async unclaim(hash: string): Promise<void> {
    await this.#redis.del(this.#keys.phraseClaim(hash)).catch(() => undefined);
  }
}
