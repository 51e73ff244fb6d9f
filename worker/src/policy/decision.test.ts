import { describe, expect, it } from 'vitest';
import { allowed, inEffect, strictest, type Verdict } from './decision.ts';

const verdict = (decision: Verdict['decision'], severity: number, reason = decision): Verdict => ({
  decision,
  severity,
  reasonCodes: [reason],
  rules: [`rule-${reason}`],
});

describe('a verdict', () => {
  it('is the strictest of several, with the reasons of all that object', () => {
    const worst = strictest([allowed, verdict('rewrite', 2), verdict('escalate', 3), verdict('refuse', 5)]);
    expect(worst).toEqual({
      decision: 'escalate',
      severity: 5,
      reasonCodes: ['rewrite', 'escalate', 'refuse'],
      rules: ['rule-rewrite', 'rule-escalate', 'rule-refuse'],
    });
  });

  it('allows when nobody objects', () => {
    expect(strictest([])).toBe(allowed);
    expect(strictest([allowed, allowed])).toBe(allowed);
  });

  it.each([
    ['refuse', 3, 'refuse'],
    ['refuse', 4, 'cancel_output'],
    ['escalate', 3, 'escalate'],
    ['escalate', 5, 'cancel_output'],
    ['rewrite', 5, 'rewrite'],
    ['allow', 5, 'allow'],
  ] as const)('%s at severity %i means %s', (decision, severity, effective) => {
    expect(inEffect(verdict(decision, severity)).decision).toBe(effective);
  });
});
