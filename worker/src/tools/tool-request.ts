import { headerValue } from './header-template.ts';
import type { Method, Tool } from './tool.ts';
import { type Failure, failure } from './tool-outcome.ts';
import type { ToolRules } from './tool-rules.ts';

/** Of a GET, on its own host. */
const maxRedirects = 3;

/** What goes over the wire, secrets and all: never log it. */
export interface ToolRequest {
  method: Method;
  url: URL;
  headers: Headers;
  body: string | null;
}

/** Arguments that are not in the address go into the query, or into a JSON body where the method has one. */
export function toolRequest(
  tool: Tool,
  args: Record<string, unknown>,
  rules: ToolRules,
  callId: string | undefined,
): ToolRequest | Failure {
  const url = tool.url.expand(args);
  if (typeof url === 'string') return failure('bad_arguments', url);
  if (!rules.hosts.allows(url)) return failure('not_allowed', `host ${url.host} is not allowed`);

  const headers = new Headers({ accept: tool.answer === 'json' ? 'application/json' : 'text/*' });
  for (const header of tool.headers) {
    const value = headerValue(header, rules.secrets);
    if (value === undefined)
      return failure('not_allowed', `header ${header.name} names a secret that is not there`);
    headers.set(header.name, value);
  }
  const rest = Object.entries(args).filter(([name]) => !tool.url.placeholders.includes(name));
  const hasBody = tool.method === 'POST' || tool.method === 'PUT' || tool.method === 'PATCH';
  if (hasBody) {
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  } else {
    for (const [name, value] of rest) {
      url.searchParams.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
    }
  }
  if (callId !== undefined && tool.method !== 'GET' && tool.method !== 'HEAD') {
    headers.set('idempotency-key', callId);
  }
  return {
    method: tool.method,
    url,
    headers,
    body: hasBody ? JSON.stringify(Object.fromEntries(rest)) : null,
  };
}

/**
 * Sends it, and follows redirects of a GET that stay on the same host: elsewhere the secrets do not belong.
 * @throws when the host cannot be reached or the signal aborts
 */
export async function sendRequest(
  { method, url, headers, body }: ToolRequest,
  rules: ToolRules,
  signal: AbortSignal,
): Promise<Response | Failure> {
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(target, {
      method,
      headers,
      body,
      signal,
      redirect: 'manual',
    });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = URL.parse(location, target.href);
    if (next?.origin !== url.origin || !rules.hosts.allows(next)) {
      return failure('not_allowed', 'redirects to another host');
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return failure('not_allowed', `redirects a ${method}`);
    }
    if (redirects === maxRedirects) return failure('failed', `redirects more than ${maxRedirects} times`);
    target = next;
  }
}
