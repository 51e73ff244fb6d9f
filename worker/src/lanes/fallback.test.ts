import { describe, expect, it } from 'vitest';
import { fallbackFor } from './fallback.ts';

describe('what follows a stopped answer', () => {
  it.each([
    ['escalate', ['MODERATION:VIOLENCE'], 4, 'escalate_to_human'],
    ['refuse', ['MODERATION:ILLICIT'], 3, 'refuse_politely'],
    ['cancel_output', ['MODERATION:HATE', 'CLAIMS:UNVERIFIED'], 4, 'refuse_politely'],
    ['cancel_output', ['PII:CARD'], 4, 'refuse_politely'],
    ['cancel_output', ['CLAIMS:PRICE'], 4, 'offer_email_or_link'],
    ['rewrite', ['OUTPUT:LINK'], 2, 'offer_email_or_link'],
    ['cancel_output', ['OUTPUT:TOO_LONG'], 2, 'switch_to_text_summary'],
    ['cancel_output', ['INPUT:UNCLEAR'], 1, 'ask_clarifying_question'],
    ['cancel_output', [], 1, 'ask_clarifying_question'],
    ['cancel_output', [], 5, 'refuse_politely'],
    ['refuse', ['SOMETHING:NEW'], 1, 'refuse_politely'],
  ] as const)('auto: %s for %o at %i is %s', (decision, codes, severity, line) => {
    expect(fallbackFor('auto', decision, codes, severity)).toBe(line);
  });

  it.each(['MODERATION:SELF_HARM', 'moderation:self-harm', 'MODERATION:SELF-HARM/INTENT'])(
    'a caller in danger hears the crisis line, whatever else is set: %s',
    (code) => {
      expect(fallbackFor('auto', 'escalate', ['CLAIMS:PRICE', code], 5)).toBe('crisis');
      expect(fallbackFor('refuse_politely', 'cancel_output', [code], 5)).toBe('crisis');
    },
  );

  it('is always the same line when the operator chose one', () => {
    expect(fallbackFor('offer_email_or_link', 'escalate', ['MODERATION:HATE'], 5)).toBe(
      'offer_email_or_link',
    );
  });
});
