import { randomBytes } from 'node:crypto';
import { type AuditEvent, openSealed, parseEventLine } from '@vjj/shared/evidence/event.ts';
import type { PersonalFields } from '@vjj/shared/evidence/event-types.ts';
import { CallEvidence } from './call-evidence.ts';
import { Chain } from './chain.ts';

/** The evidence of one call, kept in memory for a test to read. */
export function testEvidence(): {
  evidence: CallEvidence;
  lines: string[];
  events: () => (AuditEvent & { personal: PersonalFields | undefined })[];
} {
  const key = randomBytes(32);
  const lines: string[] = [];
  const chain = new Chain(
    { session: 's', tenant: 'default', user: 'anon:s', agent: 'default', epoch: 1 },
    key,
  );
  return {
    evidence: new CallEvidence(chain, (line) => lines.push(line)),
    lines,
    events: () =>
      lines.map((line) => {
        const parsed = parseEventLine(line);
        if ('problem' in parsed) throw new Error(`${parsed.problem}: ${parsed.detail}`);
        return { ...parsed.event, personal: openSealed(parsed.event, key) };
      }),
  };
}
