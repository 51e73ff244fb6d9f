import type { Decision, Owner } from '@vjj/shared/protocol/messages.ts';
import type { MessageOf } from '../sdk/call-events.ts';
import type { TextMessage } from '../sdk/server-frame.ts';

/** One line of what goes on behind the conversation, in plain words. */
export interface Happening {
  kind: 'speaker' | 'policy' | 'tool' | 'source' | 'call';
  tone: 'calm' | 'good' | 'notice';
  text: string;
  detail?: string;
}

/** What a message means to the person who looks on; undefined for those that say nothing worth a line. */
export function happeningOf(message: TextMessage): Happening | undefined {
  switch (message.type) {
    case 'lane.owner_changed':
      return speakerHappening(message);
    case 'policy.decision':
      return { kind: 'policy', ...policyWords(message) };
    case 'tool.call':
      return { kind: 'tool', tone: 'calm', text: toolWords(message.name, false) };
    case 'tool.result':
      return {
        kind: 'tool',
        tone: 'calm',
        text: toolWords(message.name, true),
        detail: `${Math.round(message.ms)} ms`,
      };
    case 'citation':
      // What it says stands under the answer.
      return { kind: 'source', tone: 'good', text: message.source };
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
    case 'session.waiting':
      return {
        kind: 'call',
        tone: 'calm',
        text: 'Waiting for a free line',
        detail: `number ${message.position} in line`,
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
  fallback: { tone: 'calm', text: 'Safe reply', detail: 'fallback' },
};

function speakerHappening({ from, to, cause }: MessageOf<'lane.owner_changed'>): Happening | undefined {
  const kind = 'speaker';
  if (to !== 'none') return { kind, ...speakers[to] };
  if (cause === 'user_barge_in') return { kind, tone: 'calm', text: 'You interrupted' };
  // The answer is what one waits for then, not the end of the acknowledgement.
  return from === 'A' ? undefined : { kind, tone: 'calm', text: 'Finished speaking' };
}

/** The tool every agent has. */
const knowledgeTool = 'search_knowledge';

function toolWords(name: string, isDone: boolean): string {
  if (name === knowledgeTool) return isDone ? 'Knowledge looked up' : 'Looking up the knowledge';
  return `${isDone ? 'Finished' : 'Started'}: ${spaced(name)}`;
}

const decisions: Record<Decision, Words> = {
  allow: { tone: 'good', text: 'Checked, nothing found' },
  rewrite: { tone: 'notice', text: 'Answer reworded' },
  refuse: { tone: 'notice', text: 'Declined by the safety policy' },
  escalate: { tone: 'notice', text: 'Handed to a person' },
  cancel_output: { tone: 'notice', text: 'Stopped by the safety policy' },
};
const help: Words = { tone: 'calm', text: 'Help was offered' };

/** Somebody may harm themselves: that is no misdeed, and must not look like one. */
export function isAboutDanger(reasonCodes: readonly string[]): boolean {
  return reasonCodes.some((code) => /^MODERATION:SELF[-_/ ]?HARM/i.test(code));
}

function policyWords({ decision, reasonCodes }: MessageOf<'policy.decision'>): Words {
  if (decision !== 'allow' && decision !== 'rewrite' && isAboutDanger(reasonCodes)) return help;
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
