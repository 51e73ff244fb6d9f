import type { IncomingMessage } from 'node:http';
import { RequestError } from '../api-error.ts';
import { bearerOf, type Keys } from '../keys.ts';
import type { Voice } from '../speech/voice.ts';
import { clientSecrets } from './client-secrets.ts';
import { embeddings } from './embeddings.ts';
import { moderations } from './moderations.ts';
import { type Reply, readJson } from './reply.ts';
import { responses } from './responses.ts';
import { speech } from './speech.ts';

const MODELS = [
  'gpt-realtime-2.1',
  'gpt-realtime-2.1-mini',
  'gpt-realtime',
  'gpt-transcribe',
  'gpt-live-transcribe',
  'gpt-4o-mini-tts',
  'tts-1',
  'gpt-5-mini',
  'omni-moderation-latest',
  'text-embedding-3-small',
  'text-embedding-3-large',
];

/** OpenAI's HTTP API, as far as the product uses it. */
export class ApiRoutes {
  readonly #voice: Voice;
  readonly #keys: Keys;

  constructor(parts: { voice: Voice; keys: Keys }) {
    this.#voice = parts.voice;
    this.#keys = parts.keys;
  }

  /** @throws {RequestError} 401, 404, or 400 with what is wrong */
  async answer(request: IncomingMessage, url: URL): Promise<Reply> {
    this.#keys.check(bearerOf(request.headers.authorization));
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /v1/audio/speech':
        return speech(await readJson(request), this.#voice);
      case 'POST /v1/embeddings':
        return embeddings(await readJson(request));
      case 'POST /v1/moderations':
        return moderations(await readJson(request));
      case 'POST /v1/responses':
        return responses(await readJson(request));
      case 'POST /v1/realtime/client_secrets':
        return clientSecrets(await readJson(request), this.#keys);
      case 'GET /v1/models':
        return { json: { object: 'list', data: MODELS.map(modelCard) } };
      default:
        return this.#modelOrNothing(request, url);
    }
  }

  #modelOrNothing(request: IncomingMessage, url: URL): Reply {
    const id = /^\/v1\/models\/([^/]+)$/.exec(url.pathname)?.[1];
    if (request.method === 'GET' && id !== undefined) {
      if (MODELS.includes(id)) return { json: modelCard(id) };
      throw new RequestError(`The model '${id}' does not exist`, {
        code: 'model_not_found',
        param: 'model',
        status: 404,
      });
    }
    throw new RequestError(`Invalid URL (${request.method} ${url.pathname})`, {
      code: 'unknown_url',
      status: 404,
    });
  }
}

function modelCard(id: string) {
  return { id, object: 'model', created: 1735689600, owned_by: 'openai' };
}
