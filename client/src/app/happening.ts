import type { Decision, Owner } from '@vjj/shared/protocol/messages.ts';
import type { MessageOf } from '../sdk/call-events.ts';
import type { TextMessage } from '../sdk/server-frame.ts';

/** One line of what goes on behind the conversation, in plain words. */
export interface Happening {
  kind: 'speaker' | 'policy' | 'tool' | 'source' | 'call';
  tone: 'calm' | 'good' | 'notice' | 'warning';
  text: string;
  detail?: string;
}

/** What a message means to the person who looks on; undefined for those that say nothing worth a line. */
export function happeningOf(message: TextMessage): Happening | undefined {
  switch (message.type) {
    case 'lane.owner_changed':
      return { kind: 'speaker', ...speakerWords(message) };
    case 'policy.decision':
      return { kind: 'policy', ...policyWords(message) };
    case 'tool.call':
      return { kind: 'tool', tone: 'calm', text: `Started: ${spaced(message.name)}` };
    case 'tool.result':
      return {
        kind: 'tool',
        tone: 'calm',
        text: `Finished: ${spaced(message.name)}`,
        detail: `${Math.round(message.ms)} ms`,
      };
    case 'citation':
      return { kind: 'source', tone: 'good', text: message.source, detail: message.text };
    case 'session.moved':
      return {
        kind: 'call',
        tone: 'notice',
        text: message.cause === 'drain' ? 'Call moved for maintenance' : 'Call moved after a fault',
        detail: `gap of ${Math.round(message.gapMs)} ms`,
      };
    case 'session.resumed':
      return {
        kind: 'call',
        tone: message.lost === 0 ? 'good' : 'notice',
        text: 'Connection restored',
        detail: message.lost === 0 ? 'nothing was lost' : `${message.lost} messages were lost`,
      };
    case 'session.reconnect':
      return { kind: 'call', tone: 'calm', text: 'Moving to another server' };
    default:
      return undefined;
  }
}

type Words = Pick<Happening, 'tone' | 'text' | 'detail'>;

const speakers: Record<Exclude<Owner, 'none'>, Words> = {
  A: { tone: 'calm', text: 'Quick acknowledgement', detail: 'lane A' },
  B: { tone: 'good', text: 'Answer', detail: 'lane B' },
  fallback: { tone: 'notice', text: 'Safe reply instead', detail: 'fallback' },
};

function speakerWords({ to, cause }: MessageOf<'lane.owner_changed'>): Words {
  if (to !== 'none') return speakers[to];
  if (cause === 'user_barge_in') return { tone: 'calm', text: 'You interrupted' };
  if (cause === 'policy_cancel') return { tone: 'warning', text: 'Answer stopped' };
  return { tone: 'calm', text: 'Answer sent' };
}

const decisions: Record<Decision, Words> = {
  allow: { tone: 'good', text: 'Checked, nothing found' },
  rewrite: { tone: 'notice', text: 'Answer reworded' },
  refuse: { tone: 'warning', text: 'Request declined' },
  escalate: { tone: 'warning', text: 'Marked for a person to review' },
  cancel_output: { tone: 'warning', text: 'Answer stopped by policy' },
};

function policyWords({ decision, reasonCodes }: MessageOf<'policy.decision'>): Words {
  if (reasonCodes.length === 0) return decisions[decision];
  return { ...decisions[decision], detail: reasonCodes.map(reasonWords).join(', ') };
}

const reasonFamilies: Record<string, string> = {
  MODERATION: 'content',
  PII: 'personal data',
  CLAIMS: 'claim',
};

/** `PII:PHONE_NUMBER` reads "personal data: phone number". */
function reasonWords(code: string): string {
  const [family = '', ...rest] = code.split(':');
  const name = reasonFamilies[family] ?? spaced(family);
  return rest.length === 0 ? name : `${name}: ${spaced(rest.join(' '))}`;
}

function spaced(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]+/g, ' ');
}
