import { createHmac } from 'node:crypto';
import { HopelessJob, TryLater } from '../consumer.ts';
import type { Escalation } from './escalation.ts';
import type { Said } from './last-words.ts';

const timeoutMs = 10_000;
const longestPauseMs = 3600_000;

export interface WebhookOptions {
  url: string;
  secret: string;
}

/** Statuses that say "not now" rather than "not so". */
const notNow: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Tells the receiver of an escalation, signed as `t=<unix s>,v1=<HMAC-SHA256 of "t.body", hex>`. Answers are not read.
 * @throws to be tried again; `TryLater` when the receiver says when; `HopelessJob` when it says it never will
 */
export async function deliver(
  escalation: Escalation,
  context: readonly Said[],
  { url, secret }: WebhookOptions,
): Promise<void> {
  const { id, session, tenant, agent, at, decision, reasonCodes, severity } = escalation;
  const told = { id, session, tenant, agent, at, decision, reasonCodes, severity, context };
  const body = JSON.stringify({ type: 'escalation', ...told });
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/json',
      'Idempotency-Key': escalation.id,
      'X-VJJ-Signature': signature(body, secret, Date.now()),
    },
    // Where it leads is for the operator to decide, not for who answers.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: Error) => {
    throw new Error(`the webhook cannot be reached: ${reasonOf(error)}`);
  });
  await response.body?.cancel();
  const { status } = response;
  if (response.ok) return;
  const pauseMs = pauseOf(response.headers.get('Retry-After'), Date.now());
  if (notNow.has(status) || status >= 500) {
    if (pauseMs !== undefined) throw new TryLater(`the webhook answered ${status}`, pauseMs);
    throw new Error(`the webhook answered ${status}`);
  }
  throw new HopelessJob(`the webhook answered ${status}, which another attempt would not change`);
}

export function signature(body: string, secret: string, nowMs: number): string {
  const at = Math.floor(nowMs / 1000);
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

/** `Retry-After` in ms: seconds, or a date; undefined when there is none that makes sense. */
function pauseOf(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(longestPauseMs, Math.max(0, ms));
}

function reasonOf({ name, cause }: Error): string {
  if (name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? name;
}
