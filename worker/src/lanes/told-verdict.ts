import type { Logger } from '@vjj/shared/log.ts';
import type { ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import type { Verdict } from '../policy/decision.ts';

/** Puts on record and in the log what the policy objects to, and tells the caller. @param speaker whose words they are */
export function tellVerdict(
  speaker: 'user' | 'assistant' | 'tool',
  verdict: Verdict,
  to: { evidence: CallEvidence; log: Logger; tell: (message: ServerMessageBody) => void },
): void {
  const { decision, reasonCodes, severity, safeRewrite, rules } = verdict;
  to.evidence.decided(speaker, verdict);
  to.log.info({ speaker, decision, reasonCodes, severity, rules }, 'policy decision');
  to.tell({
    type: 'policy.decision',
    decision,
    reasonCodes: [...reasonCodes],
    severity,
    ...(safeRewrite === undefined ? {} : { safeRewrite }),
  });
}
