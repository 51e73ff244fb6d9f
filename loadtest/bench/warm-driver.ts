import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { TimerWheel } from '../emulator/timer-wheel.ts';
import { BenchCaller, Seen } from './caller.ts';
import type { Dialect } from './dialect.ts';
import { patterns } from './pattern.ts';

const callersAtOnce = 100;
const bursts = 8;
/** So long what was compiled for it is still being finished. */
const settleMs = 300;

/**
 * Connects callers to a server of this process, and lets them go: a driver is started for every run, and without this half
 * of what a burst takes would be its own code, run for the first time.
 * @throws when a caller of it fails
 */
export async function warmDriver(dialect: Dialect): Promise<void> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', (caller: WebSocket) => {
    if (dialect.greeting !== undefined) caller.send(dialect.greeting);
    let isStarted = false;
    caller.on('message', () => {
      if (isStarted)
        caller.close(); // the end, which a caller of the relay does not announce
      else caller.send(dialect.ready);
      isStarted = true;
    });
  });
  const { port } = server.address() as AddressInfo;
  const wheel = new TimerWheel();
  const seen = new Seen();
  for (let burst = 0; burst < bursts; burst++) {
    const callers = Array.from(
      { length: callersAtOnce },
      (_, index) =>
        new BenchCaller({
          url: `ws://127.0.0.1:${port}`,
          dialect,
          pattern: patterns.seed,
          answerMs: 0,
          wheel,
          seen,
          index,
        }),
    );
    await Promise.all(callers.map((caller) => caller.ready));
    await Promise.all(callers.map((caller) => caller.end()));
  }
  wheel.close();
  server.close();
  if (seen.errors.size > 0)
    throw new Error(`the load driver could not warm up: ${[...seen.errors.keys()][0]}`);
  await wait(settleMs);
}
