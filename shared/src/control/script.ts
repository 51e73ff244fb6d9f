import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/**
 * A Lua script of this folder. Sent by its hash; a Redis that does not know it yet is sent the text.
 * (Not ioredis' own commands: in a pipeline those repeat an unknown script after the commands behind it.)
 */
export class Script {
  readonly #text: string;
  readonly #hash: string;

  /** @param name the file's name, without `.lua` */
  constructor(name: string) {
    this.#text = readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
    this.#hash = createHash('sha1').update(this.#text).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#hash, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.#text, keys.length, ...keys, ...args);
    }
  }

  /**
   * The same script many times, in one write. Each result stands at its call's place; a call that failed gave an error.
   * @throws when Redis cannot be asked at all
   */
  async runMany(
    redis: Redis,
    calls: readonly { keys: readonly string[]; args: readonly (string | number)[] }[],
  ): Promise<unknown[]> {
    const send = async (isFirstWhole: boolean) => {
      const pipeline = redis.pipeline();
      for (const [i, { keys, args }] of calls.entries()) {
        if (isFirstWhole && i === 0) pipeline.eval(this.#text, keys.length, ...keys, ...args);
        else pipeline.evalsha(this.#hash, keys.length, ...keys, ...args);
      }
      return ((await pipeline.exec()) ?? []).map(([error, result]) => error ?? result);
    };
    const results = await send(false);
    const isUnknown = results.some((one) => one instanceof Error && one.message.startsWith('NOSCRIPT'));
    // The text comes first on the same way, so that the node of a cluster that has the keys is the one that learns it.
    return isUnknown ? send(true) : results;
  }
}
