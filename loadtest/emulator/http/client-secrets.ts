import { z } from 'zod';
import { RequestError } from '../api-error.ts';
import type { Keys } from '../keys.ts';
import { checked } from '../realtime/checked.ts';
import { newSession, sessionUpdateSchema, updatedSession } from '../realtime/session-config.ts';
import type { Reply } from './reply.ts';

const DEFAULT_MODEL = 'gpt-realtime-2.1';
const DEFAULT_SECONDS = 600;

const requestSchema = z.strictObject({
  expires_after: z
    .strictObject({
      anchor: z.literal('created_at').default('created_at'),
      seconds: z.number().int().min(10).max(7200).default(DEFAULT_SECONDS),
    })
    .optional(),
  session: sessionUpdateSchema.optional(),
});

/**
 * `POST /v1/realtime/client_secrets`: a short-lived key and the session it opens.
 *
 * @throws {RequestError}
 */
export function clientSecrets(body: unknown, keys: Keys): Reply {
  const request = checked(requestSchema, body, '');
  const { model = DEFAULT_MODEL, ...settings } = request.session ?? { type: 'realtime' as const };
  if (model === '') throw new RequestError('You must provide a model.', { param: 'session.model' });
  const session = updatedSession(newSession(model), settings, false);
  const secret = keys.newSecret(request.expires_after?.seconds ?? DEFAULT_SECONDS, { ...settings, model });
  return { json: { value: secret.value, expires_at: secret.expiresAt, session } };
}
