import type { IncomingMessage } from 'node:http';
import { RequestError } from '../api-error.ts';
import { bearerOf, type Keys } from '../keys.ts';
import type { Voice } from '../speech/voice.ts';
import type { Reply } from './reply.ts';

/** OpenAI's HTTP API, as far as the product uses it. */
export class ApiRoutes {
  readonly #voice: Voice;
  readonly #keys: Keys;

  constructor(parts: { voice: Voice; keys: Keys }) {
    this.#voice = parts.voice;
    this.#keys = parts.keys;
  }

  /** @throws {RequestError} */
  async answer(request: IncomingMessage, url: URL): Promise<Reply> {
    this.#keys.check(bearerOf(request.headers.authorization));
    throw new RequestError(`Invalid URL (${request.method} ${url.pathname})`, { status: 404 });
  }
}
