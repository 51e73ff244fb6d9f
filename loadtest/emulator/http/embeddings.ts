import { z } from 'zod';
import { RequestError } from '../api-error.ts';
import { checked } from '../realtime/checked.ts';
import { keywords } from '../realtime/phrases.ts';
import { textTokens } from '../realtime/usage.ts';
import type { Reply } from './reply.ts';

/** Natural sizes of OpenAI's embedding models. */
const MODELS = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
} as const;

const requestSchema = z.object({
  model: z.string(),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2048)]),
  dimensions: z.number().int().min(1).max(3072).optional(),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  user: z.string().optional(),
});

/** `POST /v1/embeddings`. @throws {RequestError} for an unknown model or an empty input */
export function embeddings(body: unknown): Reply {
  const request = checked(requestSchema, body, '');
  const natural = Object.entries(MODELS).find(([name]) => name === request.model)?.[1];
  if (natural === undefined) {
    throw new RequestError(`The model \`${request.model}\` does not exist or you do not have access to it.`, {
      code: 'model_not_found',
      status: 404,
    });
  }
  const inputs = typeof request.input === 'string' ? [request.input] : request.input;
  const dimensions = request.dimensions ?? natural;
  const tokens = inputs.reduce((sum, text) => sum + textTokens(text), 0);
  return {
    json: {
      object: 'list',
      data: inputs.map((text, index) => {
        const vector = embed(text, dimensions);
        const embedding =
          request.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
        return { object: 'embedding', index, embedding };
      }),
      model: request.model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    },
  };
}

/** Whole words weigh more than the letters they share with other words. */
const WORD_WEIGHT = 1;
const TRIGRAM_WEIGHT = 0.25;

/** A unit vector of hashed words and letter triples: texts that share words lie near each other. */
export function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of keywords(text)) {
    add(vector, word, WORD_WEIGHT);
    const padded = `<${word}>`;
    for (let at = 0; at + 3 <= padded.length; at++) add(vector, padded.slice(at, at + 3), TRIGRAM_WEIGHT);
  }
  // Without a single word there must still be a direction.
  if (vector.every((value) => value === 0)) add(vector, text, WORD_WEIGHT);
  const length = Math.hypot(...vector);
  for (let at = 0; at < dimensions; at++) vector[at] = (vector[at] ?? 0) / length;
  return vector;
}

function add(vector: Float32Array, feature: string, weight: number): void {
  const hash = hashOf(feature);
  const at = hash % vector.length;
  vector[at] = (vector[at] ?? 0) + (hash & 0x80000000 ? -weight : weight);
}

/** FNV-1a, then mixed, so that neighbouring features land apart. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}
