import type { CallStep, CallStepOf } from '@vjj/shared/evidence/recorded-call.ts';

/** HTTP status by which a connection was refused, by the error it became. */
const refusals: Readonly<Record<string, number>> = { PROVIDER_BUSY: 429, PROVIDER_AUTH: 401 };
const otherRefusal = 503;

interface Connection {
  number: number;
  openedAt: number;
  /** What was asked last, and how often each thing was asked. */
  last: { what: string; n: number; at: number } | undefined;
  counts: Map<string, number>;
}

/**
 * What the voice service did in a call, as the emulator plays it (`loadtest/emulator/tape/tape-deck.ts`): everything
 * as long after what it was asked last as it was then, so that a replay that runs a little late stays in step. It ends a
 * connection when it is told to besides: that what was being said then has been said, only the caller knows.
 */
export function* tapeLines(steps: readonly CallStep[]): Generator<string> {
  const silent = silentConnections(steps);
  const connections = new Map<number, Connection>();
  let count = 0;
  let ends = 0;
  for (const step of steps) {
    if (!('connection' in step) || silent.has(step.connection)) continue;
    if (step.is === 'refused') {
      yield line({ connection: ++count, refuse: refusals[step.code] ?? otherRefusal });
      continue;
    }
    if (step.is === 'opened') {
      const opened = {
        number: ++count,
        openedAt: step.at,
        last: undefined,
        counts: new Map<string, number>(),
      };
      connections.set(step.connection, opened);
      yield line({ connection: count, opens: true });
      continue;
    }
    const connection = connections.get(step.connection);
    if (connection === undefined) continue;
    if (step.is === 'asked') noteAsked(connection, step);
    else if (step.is === 'received') yield line({ ...due(connection, step.at), does: { send: step.event } });
    else if (isServiceEnd(step)) {
      yield line({ ...due(connection, step.at), ifTold: ++ends, does: { close: step.code } });
    }
  }
}

/** A connection was ended by the service or the way to it. 0: we ended it ourselves. */
export const isServiceEnd = ({ code }: CallStepOf<'closed'>): boolean => code !== 0;

/**
 * Connections that waited for a caller and had died meanwhile: nothing came over them, and the call went on over the
 * next. A replay has no connections that wait.
 */
export function silentConnections(steps: readonly CallStep[]): Set<number> {
  const speaking = new Set<number>();
  let last = 0;
  for (const step of steps) {
    if (!('connection' in step)) continue;
    last = Math.max(last, step.connection);
    if (step.is === 'received' || step.is === 'refused') speaking.add(step.connection);
  }
  const silent = steps.filter(
    (step) => step.is === 'opened' && step.connection !== last && !speaking.has(step.connection),
  );
  return new Set(silent.map((step) => ('connection' in step ? step.connection : 0)));
}

function noteAsked(connection: Connection, { what, at }: CallStepOf<'asked'>): void {
  const n = (connection.counts.get(what) ?? 0) + 1;
  connection.counts.set(what, n);
  connection.last = { what, n, at };
}

function due({ number, openedAt, last }: Connection, at: number) {
  return {
    connection: number,
    after: last === undefined ? null : { what: last.what, n: last.n },
    delayMs: Math.max(0, at - (last?.at ?? openedAt)),
    atMs: Math.max(0, at - openedAt),
  };
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
