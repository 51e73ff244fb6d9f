import type { CallStep } from '@vjj/shared/evidence/recorded-call.ts';
import { isServiceEnd, silentConnections } from './tape.ts';

/** A moment of a call that both runs of it have. */
export interface Moment {
  /** Moves to other workers. */
  moves: number;
  /** The change of lane last seen since the last of them: to where, and for which time; `''`: none. */
  lane: string;
  nth: number;
  /** Connections to the voice service that were tried. */
  connections: number;
}

/** One thing that happens to a call from the caller's side, or to its worker. */
export interface CallerStep {
  does:
    | { send: string }
    | { sendBinary: string }
    | { line: 'lost' | 'back' }
    /** The worker is killed, or told to leave. */
    | { move: 'kill' | 'drain' }
    /** The voice service may end the connection that it ended then. */
    | { service: 'ends' }
    /** `isOurs`: the caller ends the connection; otherwise it is ended for them. */
    | { end: { isOurs: boolean } };
  /** It comes so long after that moment. */
  after: Moment;
  delayMs: number;
  /** Since the call began. */
  atMs: number;
}

/** Reasons for which it is the caller who ends the connection. */
const callerLeaves: ReadonlySet<string> = new Set(['left', 'closed']);

/**
 * What happens in a call, in order. Each thing hangs on the change of lane or the connection to the voice service before
 * it, so that a replay that runs a little late stays in step; what came while the caller was away hangs on what they saw
 * last.
 */
export function callerSteps(steps: readonly CallStep[]): CallerStep[] {
  const script: CallerStep[] = [];
  let after: Moment = { moves: 0, lane: '', nth: 0, connections: 0 };
  let afterAt = 0;
  /** Where the call is, whether the caller sees it or not. */
  let now: Moment = after;
  let isAway = false;
  let counts = new Map<string, number>();
  const silent = silentConnections(steps);
  const ends = steps.findLastIndex(({ is }) => is === 'ended');
  for (const [index, step] of steps.entries()) {
    const { at: atMs } = step;
    const add = (does: CallerStep['does']) =>
      script.push({ does, after, delayMs: Math.max(0, atMs - afterAt), atMs });
    switch (step.is) {
      case 'lane':
        now = { ...now, lane: step.to, nth: counted(counts, step.to) };
        if (isAway) break;
        after = now;
        afterAt = atMs;
        break;
      case 'opened':
      case 'refused':
        if (silent.has(step.connection)) break;
        now = { ...now, connections: now.connections + 1 };
        if (isAway) break;
        after = now;
        afterAt = atMs;
        break;
      case 'moved':
        // Only a dead worker must be killed again: a lost service, on the tape, moves the call by itself.
        if (step.died) add({ move: 'kill' });
        else if (step.cause === 'drain') add({ move: 'drain' });
        counts = new Map();
        now = { ...now, moves: now.moves + 1, lane: '', nth: 0 };
        after = now;
        afterAt = atMs;
        break;
      case 'closed':
        if (isServiceEnd(step)) add({ service: 'ends' });
        break;
      case 'line-lost':
        add({ line: 'lost' });
        isAway = true;
        break;
      case 'line-back':
        if (!isAway) break;
        add({ line: 'back' });
        isAway = false;
        break;
      case 'frame':
        add({ send: step.text });
        break;
      case 'binary':
        add({ sendBinary: step.base64 });
        break;
      case 'ended':
        if (index === ends) add({ end: { isOurs: callerLeaves.has(step.reason) } });
        break;
      default:
        break;
    }
  }
  // Recorded to where its last worker was killed.
  if (ends === -1) script.push({ does: { end: { isOurs: true } }, after, delayMs: 0, atMs: afterAt });
  return script;
}

/** How often, this time included. */
export function counted(counts: Map<string, number>, name: string): number {
  const n = (counts.get(name) ?? 0) + 1;
  counts.set(name, n);
  return n;
}
