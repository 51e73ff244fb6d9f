import type { Logger } from '@vjj/shared/log.ts';
import type { ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import type { Verdict } from '../policy/decision.ts';

/**
 * Puts on record and in the log what the policy objects to, and tells the caller.
 * @param speaker whose words they are; what tools found is judged as words of the assistant
 */
export function tellVerdict(
  speaker: 'user' | 'assistant' | 'tool',
  verdict: Verdict,
  to: { evidence: CallEvidence; log: Logger; tell: (message: ServerMessageBody) => void },
): void {
  const { decision, reasonCodes, severity, safeRewrite, rules } = verdict;
  const judgedAs = speaker === 'user' ? 'user' : 'assistant';
  to.evidence.decided(speaker, verdict);
  to.log.info({ speaker: judgedAs, decision, reasonCodes, severity, rules }, 'policy decision');
  to.tell({
    type: 'policy.decision',
    decision,
    reasonCodes: [...reasonCodes],
    severity,
    ...(safeRewrite === undefined ? {} : { safeRewrite }),
  });
}
