import { VjjError } from '@vjj/shared/errors.ts';
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';

interface Attempt {
  model: string;
  voice: string;
  timeoutMs: number;
  /** Our own time limit ended it. */
  isTimeout: boolean;
}

/** A failed attempt to have a line spoken, as an error of our table; the detail says what to check, never the text. */
export function speechFailure(error: unknown, attempt: Attempt): VjjError {
  if (error instanceof VjjError) return error;
  if (attempt.isTimeout || error instanceof APIConnectionTimeoutError) {
    return new VjjError(
      'PROVIDER_TIMEOUT',
      `no speech within ${attempt.timeoutMs} ms; check OPENAI_BASE_URL, the network, and TTS_TIMEOUT_MS`,
    );
  }
  if (error instanceof APIError && !(error instanceof APIConnectionError)) return refusal(error, attempt);
  const { message, cause } = error as Error;
  const because = cause instanceof Error ? cause.message : message;
  return new VjjError('PROVIDER_UNREACHABLE', `${because}; check OPENAI_BASE_URL and the network`);
}

function refusal(error: APIError, { model, voice }: Attempt): VjjError {
  const status = error.status ?? 0;
  const code = error.code ? ` ${error.code}` : '';
  if (status === 401 || status === 403) {
    return new VjjError(
      'PROVIDER_AUTH',
      `HTTP ${status}${code}; check OPENAI_API_KEY and that the key may use OPENAI_TTS_MODEL ${model}`,
    );
  }
  if (status === 429) {
    return new VjjError(
      'PROVIDER_BUSY',
      `HTTP 429${code}; check the rate limits and the quota of the account`,
    );
  }
  if (status === 404) {
    return new VjjError(
      'UNKNOWN_VOICE',
      `HTTP 404${code}; check OPENAI_TTS_MODEL ${model} and OPENAI_BASE_URL`,
    );
  }
  if (status >= 500) {
    return new VjjError('PROVIDER_UNREACHABLE', `HTTP ${status}${code}; check the service's status page`);
  }
  if (error.param === 'voice' || /\bvoice\b/i.test(error.message)) {
    return new VjjError(
      'UNKNOWN_VOICE',
      `HTTP ${status}${code}; check the voice "${voice}" (OPENAI_VOICE, or the agent's)`,
    );
  }
  return new VjjError(
    'PROVIDER_ERROR',
    `HTTP ${status}${code}; check OPENAI_TTS_MODEL ${model} and the agent's lines`,
  );
}
