import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestError } from '../api-error.ts';

/** An HTTP answer: JSON, or bytes of a type. */
export type Reply = { status?: number; json: unknown } | { status?: number; bytes: Buffer; type: string };

const MAX_BODY_BYTES = 8 * 1024 * 1024;

export function sendReply(response: ServerResponse, reply: Reply): void {
  const body = 'bytes' in reply ? reply.bytes : Buffer.from(JSON.stringify(reply.json));
  response.writeHead(reply.status ?? 200, {
    'content-type': 'bytes' in reply ? reply.type : 'application/json',
    'content-length': body.length,
  });
  response.end(body);
}

/** The error as OpenAI's HTTP API words it; anything unforeseen is a 500. */
export function sendError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof RequestError
      ? error
      : new RequestError(String(error), { status: 500, type: 'server_error' });
  if (known.status === 429) response.setHeader('retry-after', '1');
  sendReply(response, { status: known.status, json: { error: known.error } });
}

/** @throws {RequestError} when the body is no JSON or too large */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) throw new RequestError('The request is too large.', { status: 413 });
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError('We could not parse the JSON body of your request.');
  }
}
