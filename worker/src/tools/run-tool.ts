import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '@vjj/shared/clock.ts';
import type { ErrorObject } from 'ajv';
import { headerValue } from './header-template.ts';
import { readAnswer } from './read-answer.ts';
import type { Tool } from './tool.ts';
import type { ToolRules } from './tool-rules.ts';

export type ToolFailure =
  | 'timeout'
  | 'bad_arguments'
  /** The host, a redirect or a secret is not among what the operator allows. */
  | 'not_allowed'
  | 'bad_answer'
  | 'too_large'
  /** The host cannot be reached, says an error status, or the call ended. */
  | 'failed';

/** `ms` is the time all tries took; `detail` holds no arguments and no secrets, so it may be logged and told the model. */
export type ToolResult =
  | { ok: true; output: unknown; ms: number }
  | { ok: false; reason: ToolFailure; ms: number; detail: string };

export interface RunOptions {
  rules: ToolRules;
  /** The call has ended, or the answer is no longer wanted. */
  signal?: AbortSignal | undefined;
  /** Sent as `idempotency-key` with methods that change something; the same for a repetition after a takeover. */
  callId?: string | undefined;
}

/** Before the second try; each further one waits twice as long. */
const firstPauseMs = 100;
/** Of a GET, on its own host. */
const maxRedirects = 3;

/** One try: its end, or what may be different the next time. */
type Attempt = { isFinal: boolean; result: Outcome };
type Outcome = { ok: true; output: unknown } | { ok: false; reason: ToolFailure; detail: string };

/**
 * Runs a tool. Everything that can go wrong is a result; nothing is thrown.
 * @param args what the model gave, parsed
 */
export async function runTool(tool: Tool, args: unknown, options: RunOptions): Promise<ToolResult> {
  const startMs = monotonicMs();
  const outcome = await run(tool, args, options);
  return { ...outcome, ms: Math.round(monotonicMs() - startMs) };
}

async function run(tool: Tool, args: unknown, { rules, signal, callId }: RunOptions): Promise<Outcome> {
  if (!tool.checkArguments(args))
    return failure('bad_arguments', faults(tool.checkArguments.errors, 'arguments'));
  const request = requestOf(tool, args as Record<string, unknown>, rules, callId);
  if ('ok' in request) return request;

  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort('timeout'), tool.timeoutMs);
  const stop = () => deadline.abort('ended');
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    for (let left = tool.retries, pauseMs = firstPauseMs; ; left--, pauseMs *= 2) {
      const { isFinal, result } = await attempt(tool, request, rules, deadline.signal);
      if (isFinal || left === 0) return result;
      await pause(pauseMs, undefined, { signal: deadline.signal });
    }
  } catch {
    // Only the deadline and the end of the call throw here.
    return deadline.signal.reason === 'timeout'
      ? failure('timeout', `no answer within ${tool.timeoutMs} ms`)
      : failure('failed', 'the call ended');
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    deadline.abort('done'); // what is still being read is given up
  }
}

interface HttpRequest {
  url: URL;
  headers: Headers;
  body: string | null;
}

/** Arguments that are not in the address go into the query, or into a JSON body where the method has one. */
function requestOf(
  tool: Tool,
  args: Record<string, unknown>,
  rules: ToolRules,
  callId: string | undefined,
): HttpRequest | Outcome {
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
  return { url, headers, body: hasBody ? JSON.stringify(Object.fromEntries(rest)) : null };
}

/** @throws when the signal aborts */
async function attempt(
  tool: Tool,
  request: HttpRequest,
  rules: ToolRules,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const response = await send(tool, request, rules, signal);
    if (!(response instanceof Response)) return { isFinal: true, result: response };
    if (!response.ok) {
      await response.body?.cancel();
      const isPassing = response.status >= 500 || response.status === 429 || response.status === 408;
      return { isFinal: !isPassing, result: failure('failed', `answered with status ${response.status}`) };
    }
    const text = await readAnswer(response);
    if (text === undefined)
      return { isFinal: true, result: failure('too_large', 'answered with more than 64 KiB') };
    return { isFinal: true, result: outputOf(tool, text) };
  } catch (error) {
    if (signal.aborted) throw error;
    const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    return {
      isFinal: false,
      result: failure('failed', `could not be reached (${code ?? 'connection lost'})`),
    };
  }
}

/** Sends it, and follows redirects of a GET that stay on the same host: elsewhere the secrets do not belong. */
async function send(
  tool: Tool,
  { url, headers, body }: HttpRequest,
  rules: ToolRules,
  signal: AbortSignal,
): Promise<Response | Outcome> {
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(target, {
      method: tool.method,
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
    if (tool.method !== 'GET' && tool.method !== 'HEAD') {
      return failure('not_allowed', `redirects a ${tool.method}`);
    }
    if (redirects === maxRedirects) return failure('failed', `redirects more than ${maxRedirects} times`);
    target = next;
  }
}

function outputOf(tool: Tool, text: string): Outcome {
  if (tool.answer === 'text') return { ok: true, output: text };
  if (text.trim() === '') {
    return tool.checkAnswer ? failure('bad_answer', 'answered nothing') : { ok: true, output: null };
  }
  let output: unknown;
  try {
    output = JSON.parse(text);
  } catch {
    return failure('bad_answer', 'did not answer with JSON');
  }
  if (tool.checkAnswer && !tool.checkAnswer(output)) {
    return failure('bad_answer', faults(tool.checkAnswer.errors, 'answer'));
  }
  return { ok: true, output };
}

/** What a schema found wrong: where and what, never the values. */
function faults(errors: ErrorObject[] | null | undefined, what: string): string {
  return (errors ?? [])
    .slice(0, 5)
    .map(({ instancePath, message, params }) => {
      const extra =
        'additionalProperty' in params ? ` (${String(params.additionalProperty).slice(0, 64)})` : '';
      return `${what}${instancePath.slice(0, 200)} ${message ?? 'is wrong'}${extra}`;
    })
    .join('; ');
}

function failure(reason: ToolFailure, detail: string): Outcome & { ok: false } {
  return { ok: false, reason, detail };
}
