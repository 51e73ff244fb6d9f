import { type Call, Problem } from './call.ts';
import { asJson, wordReader } from './matching.ts';
import { oneLine } from './one-line.ts';
import { type ReadEvent, readSession } from './read-events.ts';

/** 1: there is no such session. */
export async function runShow({ store, config, values, argument }: Call): Promise<number> {
  const session = argument ?? values.session;
  if (session === undefined) throw new Problem('say which: show <session>');
  const events = await readSession(store, wordReader(store, config, values), session);
  if (events.length === 0) {
    console.error(`nothing is stored of session ${session}`);
    return 1;
  }
  if (values.json) console.log(JSON.stringify(events.map(asJson), null, 2));
  else for (const line of timeline(events)) console.log(line);
  return 0;
}

function* timeline(events: readonly ReadEvent[]): Generator<string> {
  const { session, tenant, user, agent, at } = events[0]!.event;
  yield `session ${session}, tenant ${tenant}, person ${user}, agent ${agent}`;
  const beganMs = Date.parse(at);
  let epoch: number | undefined;
  for (const { event, described, late } of events) {
    if (event.epoch !== epoch) yield `\nepoch ${event.epoch}, ${event.at}`;
    epoch = event.epoch;
    const after = `+${((Date.parse(event.at) - beganMs) / 1000).toFixed(3)}`.padStart(10);
    yield `${after}  ${String(event.seq).padStart(4)}  ${described.who.padEnd(12)} ${oneLine(described.text)}${late ? ' (came late)' : ''}`;
  }
}
