import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/**
 * A Lua script of this folder. Sent by its hash where the connection has run it before, else with its text: one that
 * was refused and sent again would come after what was sent meanwhile, a release after the heartbeat that counts on it.
 */
export class Script {
  readonly #text: string;
  readonly #hash: string;
  readonly #ranOn = new WeakSet<Redis>();

  /** @param name the file's name, without `.lua` */
  constructor(name: string) {
    this.#text = readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
    this.#hash = createHash('sha1').update(this.#text).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    if (this.#ranOn.has(redis)) {
      try {
        return await redis.evalsha(this.#hash, keys.length, ...keys, ...args);
      } catch (error) {
        // Another Redis has taken its place since.
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      }
    }
    const result = await redis.eval(this.#text, keys.length, ...keys, ...args);
    this.#ranOn.add(redis);
    return result;
  }
}
