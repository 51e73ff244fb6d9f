import type { IncomingMessage } from 'node:http';
import { RequestError } from '../api-error.ts';
import { bearerOf, type Keys } from '../keys.ts';
import { type SessionPatch, takeMarker } from '../script.ts';
import type { Opening } from './session.ts';
import { newSession, updatedSession } from './session-config.ts';

const PATH = '/v1/realtime';
const KEY_PROTOCOL = 'openai-insecure-api-key.';
const BETA_PROTOCOL = 'openai-beta.realtime-v1';

/** What a handshake asks for. */
export interface Handshake extends Opening {
  /** It speaks the protocol that was switched off. */
  isBeta: boolean;
}

/**
 * Judges a handshake.
 *
 * @throws {RequestError} whose status refuses it: 401 for the key, 404 for the path, 400 for the rest
 */
export function handshakeOf(request: IncomingMessage, keys: Keys): Handshake {
  const url = new URL(request.url ?? '/', 'http://emulator');
  if (url.pathname !== PATH) {
    throw new RequestError(`Invalid URL (GET ${url.pathname})`, { status: 404 });
  }
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const fromProtocol = protocols.find((name) => name.startsWith(KEY_PROTOCOL))?.slice(KEY_PROTOCOL.length);
  const secret = keys.check(bearerOf(request.headers.authorization) ?? fromProtocol);
  const marked = readModel(url.searchParams.get('model') ?? secret?.session?.model ?? '');
  if (marked.model === '') {
    throw new RequestError('You must provide a model parameter.', { code: 'missing_model', param: 'model' });
  }
  let session = newSession(marked.model);
  if (secret?.session) {
    const { model: _model, ...settings } = secret.session;
    session = updatedSession(session, settings, false);
  }
  return {
    session,
    patch: { ...marked.patch, ...takeMarker(session.instructions).patch },
    isBeta:
      request.headers['openai-beta']?.includes('realtime') === true || protocols.includes(BETA_PROTOCOL),
  };
}

function readModel(query: string): { model: string; patch: SessionPatch } {
  try {
    const { text, patch } = takeMarker(query);
    return { model: text, patch: patch ?? {} };
  } catch (error) {
    throw new RequestError(`The [emulator:…] marker is wrong: ${String(error)}`, { param: 'model' });
  }
}
