import { type AuditEvent, genesis, parseEventLine } from './event.ts';

/**
 * - `unreadable`: not an event; `hash`: changed after it was hashed
 * - `foreign`: of another chain, or of another person, tenant or agent than the chain
 * - `missing`: events before this one are not there
 * - `order`: it stands after a later one, or twice
 * - `link`: it does not name the event before it: that one, or this one, was replaced
 * - `after-end`: the session had ended
 */
export type ChainProblem = 'unreadable' | 'hash' | 'foreign' | 'missing' | 'order' | 'link' | 'after-end';

export interface ChainFinding {
  problem: ChainProblem;
  /** Which line, counted from 0. */
  line: number;
  /** Of the event, where it could be read. */
  seq?: number;
  detail: string;
}

export interface ChainReport {
  findings: ChainFinding[];
  /** Events that could be read. */
  events: number;
  /** The last one in place; a seal over the chain names it. Undefined: there is none. */
  head: { seq: number; hash: string } | undefined;
  /** Ends with `session.ended`; a killed worker's does not. */
  isEnded: boolean;
}

/**
 * Checks the lines of one chain, in the order of the chain. A truncated end cannot be seen from the lines alone:
 * compare `head` with a seal, or with the `session.moved` of the epoch after.
 */
export function verifyChain(chain: { session: string; epoch: number }, lines: Iterable<string>): ChainReport {
  const findings: ChainFinding[] = [];
  let first: AuditEvent | undefined;
  let head: ChainReport['head'];
  let prev: string | undefined = genesis(chain.session, chain.epoch);
  let next = 0;
  let unread = 0;
  let events = 0;
  let isEnded = false;
  let at = -1;
  for (const line of lines) {
    at++;
    const parsed = parseEventLine(line);
    if ('problem' in parsed) {
      findings.push({ problem: parsed.problem, line: at, detail: parsed.detail });
      // It may stand for the next event or for none; its own number and hash cannot be trusted.
      prev = undefined;
      unread++;
      continue;
    }
    const { event } = parsed;
    const { seq } = event;
    const find = (problem: ChainProblem, detail: string) => findings.push({ problem, line: at, seq, detail });
    events++;
    if (event.session !== chain.session || event.epoch !== chain.epoch) {
      find('foreign', `it belongs to session ${event.session}, epoch ${event.epoch}`);
      continue;
    }
    first ??= event;
    const foreign = (['tenant', 'user', 'agent'] as const).filter((name) => event[name] !== first?.[name]);
    if (foreign.length > 0) find('foreign', `its ${foreign.join(', ')} differs from the first event's`);
    if (seq < next) {
      find('order', `seq ${seq} where ${next} was to come`);
      continue;
    }
    if (seq > next + unread) {
      find('missing', seq === next + 1 ? `seq ${next} is missing` : `seq ${next} to ${seq - 1} are missing`);
    } else if (prev !== undefined && event.prev !== prev) {
      find(
        'link',
        `it does not follow ${seq === 0 ? 'the beginning of this chain' : `the event at seq ${seq - 1}`}`,
      );
    }
    if (isEnded) find('after-end', 'the session had ended before');
    isEnded ||= event.type === 'session.ended';
    next = seq + 1;
    unread = 0;
    prev = event.hash;
    head = { seq, hash: event.hash };
  }
  return { findings, events, head, isEnded };
}
