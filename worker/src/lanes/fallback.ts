import type { Config } from '@vjj/shared/config.ts';
import type { Decision } from '@vjj/shared/protocol/messages.ts';
import type { FallbackLine } from '../agents/lines.ts';

export type FallbackMode = Config['FALLBACK_MODE'];

/** Reason codes and the line that fits; the first that matches any of the codes counts, so the gravest stand first. */
const byReason: readonly (readonly [RegExp, FallbackLine])[] = [
  [/^MODERATION:/, 'refuse_politely'],
  [/^PII:/, 'refuse_politely'],
  [/UNCLEAR|LOW_CONFIDENCE|INAUDIBLE/, 'ask_clarifying_question'],
  [/TOO_LONG/, 'switch_to_text_summary'],
  [/^CLAIMS:|LINK/, 'offer_email_or_link'],
];

const selfHarm = /^MODERATION:SELF[-_/ ]?HARM/;
/** The call is at its end, whatever was said in it. */
export const tooLong = 'CALL:TOO_LONG';

/** From here on what was stopped is grave, whatever the reason. */
const grave = 4;

/**
 * Which line follows an answer that was stopped. A caller in danger hears the crisis line in every mode.
 * @param decision what the policy decided before it was strengthened to `cancel_output`
 * @param severity 0–5
 */
export function fallbackFor(
  mode: FallbackMode,
  decision: Decision,
  reasonCodes: readonly string[],
  severity: number,
): FallbackLine | 'crisis' | 'goodbye' {
  const codes = reasonCodes.map((code) => code.toUpperCase());
  if (codes.some((code) => selfHarm.test(code))) return 'crisis';
  if (codes.includes(tooLong)) return 'goodbye';
  if (mode !== 'auto') return mode;
  if (decision === 'escalate') return 'escalate_to_human';
  for (const [pattern, line] of byReason) if (codes.some((code) => pattern.test(code))) return line;
  return decision === 'refuse' || severity >= grave ? 'refuse_politely' : 'ask_clarifying_question';
}
