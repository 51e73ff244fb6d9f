import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import { payloads } from '@vjj/shared/evidence/event-types.ts';
import { z } from 'zod';

/**
 * A call in which a person is needed, on its way to the webhook. Its words are as sealed as in evidence, so that queues
 * and dead letters hold none, and whoever is erased is erased there too.
 */
export const escalationSchema = z.object({
  v: z.literal(1),
  /** The same for every attempt: `<session>_<epoch>_<seq>` of the event it stands on. */
  id: z.string().regex(/^[\w-]{1,160}$/),
  session: z.string(),
  epoch: z.number(),
  seq: z.number(),
  tenant: z.string(),
  user: z.string(),
  agent: z.string(),
  /** ISO 8601: when the policy decided. */
  at: z.string(),
  decision: z.string(),
  reasonCodes: z.array(z.string()),
  severity: z.number(),
  sealed: z.string().optional(),
});
export type Escalation = z.infer<typeof escalationSchema>;

/** What an event of that type asks for; undefined when it cannot be read. */
export function escalationOf(event: AuditEvent): Escalation | undefined {
  const read = payloads.escalation.safeParse(event.payload);
  if (!read.success) return undefined;
  const { session, epoch, seq, tenant, user, agent, at, sealed } = event;
  const { decision, reasonCodes, severity } = read.data;
  const id = `${session}_${epoch}_${seq}`;
  return {
    v: 1,
    ...{ id, session, epoch, seq, tenant, user, agent, at, decision, reasonCodes, severity, sealed },
  };
}
