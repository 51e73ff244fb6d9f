/** An error as OpenAI words it, in HTTP bodies and in `error` events alike. */
export interface ApiError {
  message: string;
  type: string;
  code: string | null;
  param: string | null;
}

/** Something the caller did wrong. Thrown by handlers, turned into an event or an HTTP body in one place. */
export class RequestError extends Error {
  readonly error: ApiError;
  readonly status: number;

  constructor(
    message: string,
    details: { code?: string; param?: string; type?: string; status?: number } = {},
  ) {
    super(message);
    this.name = 'RequestError';
    this.status = details.status ?? 400;
    this.error = {
      message,
      type: details.type ?? 'invalid_request_error',
      code: details.code ?? null,
      param: details.param ?? null,
    };
  }
}

/** What OpenAI answers to a missing or wrong key. */
export function badKey(key: string | undefined): RequestError {
  if (!key) {
    return new RequestError(
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
      { status: 401 },
    );
  }
  return new RequestError(`Incorrect API key provided: ${key.slice(0, 6)}***.`, {
    code: 'invalid_api_key',
    status: 401,
  });
}

/** What OpenAI answers when requests come too fast. */
export function rateLimited(): RequestError {
  return new RequestError('Rate limit reached for requests. Please try again in 1s.', {
    type: 'requests',
    code: 'rate_limit_exceeded',
    status: 429,
  });
}
