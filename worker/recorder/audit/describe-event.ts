import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import type { PersonalFields } from '@vjj/shared/evidence/event-types.ts';
import type { Words } from './words.ts';

/** One event as a person reads it. */
export interface Described {
  /** `Caller`, `Agent`, `Policy` … */
  who: string;
  text: string;
}

type Payload = Record<string, unknown>;

const seconds = (ms: unknown): string => (typeof ms === 'number' ? `${(ms / 1000).toFixed(1)} s` : '?');
const list = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : '');
const said = (value: unknown): string => String(value ?? '?');

/** What stands for words that cannot be read. */
function quoted(words: Words, field: keyof PersonalFields, payload: Payload): string {
  if (words === undefined) return '';
  if ('personal' in words) return `“${said(words.personal[field] ?? '')}”`;
  const length = typeof payload.characters === 'number' ? `, ${payload.characters} characters` : '';
  return words.withheld === 'erased' ? `[erased${length}]` : `[sealed${length}]`;
}

const describers: Readonly<Record<string, (payload: Payload, words: Words) => Described>> = {
  'session.started': (p) => ({
    who: 'Session',
    text: `begins on worker ${said(p.worker)} (${said(p.voiceMode)}${p.isSimulated === true ? ', simulated voice service' : ''})`,
  }),
  'session.ended': (p) => ({
    who: 'Session',
    text: `ends: ${said(p.reason)}, after ${seconds(p.durationMs)}`,
  }),
  'session.moved': (p) => ({
    who: 'Session',
    text: `goes on with worker ${said(p.worker)} (${said(p.cause)})${p.gapMs === undefined ? '' : `, after ${seconds(p.gapMs)}`}`,
  }),
  'session.resumed': (p) => ({ who: 'Session', text: `the caller is back (${said(p.lost)} frames lost)` }),
  'user.transcript': (p, words) => ({
    who: 'Caller',
    text: `${quoted(words, 'text', p)}${p.source === 'typed' ? ' (typed)' : ''}`,
  }),
  'assistant.transcript': (p, words) => ({
    who: `Agent (${said(p.lane)})`,
    text: `${quoted(words, 'text', p)}${cutOff(p, words)}`,
  }),
  escalation: (p) => ({
    who: 'Policy',
    text: `a person is needed; ${list(p.reasonCodes)}; rules ${list(p.rules)}; severity ${said(p.severity)}`,
  }),
  'policy.decision': (p) => ({
    who: 'Policy',
    text: [
      `${said(p.decision)} what the ${said(p.speaker)} said`,
      list(p.reasonCodes),
      Array.isArray(p.rules) && p.rules.length > 0 ? `rules ${list(p.rules)}` : '',
      `severity ${said(p.severity)}`,
    ]
      .filter((part) => part !== '')
      .join('; '),
  }),
  'policy.override': (p) => ({ who: 'Policy', text: `${list(p.rules)} overruled by ${said(p.by)}` }),
  checks: (p) => ({
    who: 'Policy',
    text: `checked the ${said(p.speaker)}: ${Array.isArray(p.ran) ? p.ran.map((one: Payload) => `${said(one.check)} ${said(one.micros)} µs`).join(', ') : ''}`,
  }),
  fallback: (p) => ({ who: 'Policy', text: `safe line instead: ${said(p.kind)} (${list(p.reasonCodes)})` }),
  rewrite: (p, words) => ({
    who: 'Policy',
    text: `rewritten after ${seconds(p.keptMs)} (${list(p.reasonCodes)}): ${quoted(words, 'text', p)}`,
  }),
  'tool.call': (p, words) => ({ who: 'Tool', text: `${said(p.tool)} ${quoted(words, 'arguments', p)}` }),
  'tool.result': (p, words) => ({
    who: 'Tool',
    text: `${said(p.tool)} answers ${quoted(words, 'result', p)} after ${seconds(p.ms)}`,
  }),
  'knowledge.query': (p, words) => ({ who: 'Knowledge', text: `asked ${quoted(words, 'query', p)}` }),
  'knowledge.result': (p) => ({
    who: 'Knowledge',
    text: `found ${Array.isArray(p.facts) ? p.facts.map((fact: Payload) => said(fact.id)).join(', ') || 'nothing' : '?'}`,
  }),
  barge_in: (p) => ({ who: 'Caller', text: `interrupts, after hearing ${seconds(p.heardMs)}` }),
  'lane.changed': (p) => ({ who: 'Lanes', text: `${said(p.from)} → ${said(p.to)} (${said(p.cause)})` }),
  error: (p) => ({ who: 'Error', text: said(p.code) }),
  'response.timing': (p) => ({
    who: 'Timing',
    text: `first audio ${p.firstAudioMs === undefined ? 'never' : `after ${said(p.firstAudioMs)} ms`}, ${said(p.totalMs)} ms in all`,
  }),
  'session.recorded': (p) => ({
    who: 'Recording',
    text: `${p.what === 'audio' ? 'both voices' : 'the whole call'}, ${said(p.bytes)} bytes, SHA-256 ${said(p.sha256)}${p.stopped === undefined ? '' : `; it ends early: ${said(p.stopped)}`}`,
  }),
  'person.erased': (p) => ({
    who: 'Erasure',
    text: `${said(p.keys)} keys of ${said(p.sessions)} sessions destroyed; removal of memory ${said(p.memory)}`,
  }),
  'recordings.removed': (p) => ({
    who: 'Retention',
    text: `${said(p.recordings)} recordings of calls before ${said(p.before)} removed, after ${said(p.keepDays)} days`,
  }),
};

/** What was generated counts only where it is not what was heard. */
function cutOff(payload: Payload, words: Words): string {
  const heard = ` (${seconds(payload.heardMs)} heard, ${said(payload.cause)})`;
  if (payload.differs !== true) return heard;
  return `${heard}; generated: ${quoted(words, 'generated', {})}`;
}

export function describeEvent({ type, payload }: AuditEvent, words: Words): Described {
  const describer = Object.hasOwn(describers, type) ? describers[type] : undefined;
  return describer?.(payload, words) ?? { who: type, text: JSON.stringify(payload) };
}
