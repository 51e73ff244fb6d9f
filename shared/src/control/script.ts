import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/**
 * A Lua script of this folder. The first time its text goes over a connection, then its hash: one that was refused and
 * sent again would come after what was sent meanwhile, a release after the heartbeat that counts on it.
 */
export class Script {
  readonly #text: string;
  readonly #hash: string;
  /** Connections over which the text has gone; of Redis Cluster, which opens and closes its own, the client. */
  readonly #sentOver = new WeakSet<object>();

  /** @param name the file's name, without `.lua` */
  constructor(name: string) {
    this.#text = readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
    this.#hash = createHash('sha1').update(this.#text).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const connection: object = redis.stream ?? redis;
    if (this.#sentOver.has(connection)) {
      try {
        return await redis.evalsha(this.#hash, keys.length, ...keys, ...args);
      } catch (error) {
        // Redis was told to forget it.
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      }
    }
    this.#sentOver.add(connection);
    return redis.eval(this.#text, keys.length, ...keys, ...args);
  }
}
