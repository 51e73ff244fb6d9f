import type { AuditEvent } from '@vjj/shared/evidence/event.ts';

/** What people look for in an event, besides its members. */
export interface EventFacts {
  atMs: number;
  decision: string | undefined;
  reasons: string[];
  /** Nothing follows it in its chain. */
  isLast: boolean;
}

export function eventFacts({ at, type, payload }: AuditEvent): EventFacts {
  const { decision, reasonCodes } = payload;
  const reasons = Array.isArray(reasonCodes) ? reasonCodes.filter((code) => typeof code === 'string') : [];
  return {
    atMs: Date.parse(at),
    decision: typeof decision === 'string' ? decision : undefined,
    reasons: [...new Set(reasons)],
    isLast: type === 'session.ended',
  };
}
