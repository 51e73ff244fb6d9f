import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '@vjj/shared/clock.ts';
import type { ErrorObject } from 'ajv';
import { readAnswer } from './read-answer.ts';
import type { Tool } from './tool.ts';
import { failure, type Outcome, type ToolFailure } from './tool-outcome.ts';
import { sendRequest, type ToolRequest, toolRequest } from './tool-request.ts';
import type { ToolRules } from './tool-rules.ts';

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

/** One try: its end, or what may be different the next time. */
type Attempt = { isFinal: boolean; result: Outcome };

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
  const request = toolRequest(tool, args as Record<string, unknown>, rules, callId);
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

/** @throws when the signal aborts */
async function attempt(
  tool: Tool,
  request: ToolRequest,
  rules: ToolRules,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const response = await sendRequest(request, rules, signal);
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
