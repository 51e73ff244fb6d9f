import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { FaultOf } from '../faults.ts';
import { newId } from '../ids.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Behaviour } from './behaviour.ts';
import type { Outgoing } from './wire.ts';

const AUDIO_DELTA = 'response.output_audio.delta';

/** How many events of each type have been sent, over all sessions. */
export type EventCounts = Map<string, number>;

/** Sends server events, each with an id of its own; lets faults delay, swallow, double or cut them. */
export class EventSocket {
  readonly #ws: WebSocket;
  readonly #wheel: TimerWheel;
  readonly #behaviour: Behaviour;
  readonly #counts: EventCounts;
  readonly #stream: Duplex;
  #isGathering = false;
  #held: { frame: string | Buffer; type: string }[] = [];
  #releaseAt = 0;

  constructor(
    ws: WebSocket,
    parts: {
      /** The connection under the WebSocket. */
      stream: Duplex;
      wheel: TimerWheel;
      behaviour: Behaviour;
      counts: EventCounts;
    },
  ) {
    this.#stream = parts.stream;
    this.#ws = ws;
    this.#wheel = parts.wheel;
    this.#behaviour = parts.behaviour;
    this.#counts = parts.counts;
  }

  /** Sends one event. */
  send(event: Outgoing): void {
    this.#out(event.type, () => JSON.stringify({ ...event, event_id: newId('event') }));
  }

  /**
   * Sends one audio delta without building or stringifying an event.
   *
   * @param place  `"response_id":…,"item_id":…,"output_index":…,"content_index":…,` as JSON
   * @param tail   `"delta":"…"}` as bytes
   */
  sendAudio(place: string, tail: Buffer): void {
    this.#out(AUDIO_DELTA, () => {
      const head = `{"type":"${AUDIO_DELTA}","event_id":"${newId('event')}",${place}`;
      const frame = Buffer.allocUnsafe(head.length + tail.length);
      frame.write(head, 0, 'latin1');
      tail.copy(frame, head.length);
      return frame;
    });
  }

  /** Closes as a fault, a limit or a refusal demands. 1006 is no frame at all. */
  close(code: number, reason: string): void {
    if (code === 1006) this.#ws.terminate();
    else this.#ws.close(code, reason);
  }

  #out(type: string, make: () => string | Buffer): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (this.#held.length === 0 && this.#behaviour.isFaultless) {
      this.#write(type, make());
      return;
    }
    if (type !== 'error') this.#before(type);
    if (this.#behaviour.strike('drop', (fault) => fault.type === type)) return;
    const frame = make();
    this.#hold(type, frame);
    if (this.#behaviour.strike('duplicate', (fault) => fault.type === type)) this.#hold(type, frame);
  }

  /** Faults set off by an event, before it goes out. */
  #before(type: string): void {
    const error = this.#behaviour.strike('error', (fault) => fault.on === type);
    if (error) this.send({ type: 'error', error: { ...error.error, event_id: null } });
    const close = this.#behaviour.strike('close', (fault) => fault.on === type);
    if (close) this.closeAfter(close);
    const stall = this.#behaviour.strike('stall', (fault) => fault.on === type);
    if (stall) this.#releaseAt = Math.max(this.#releaseAt, performance.now() + stall.ms);
  }

  /** Closes once a fault's time has come. */
  closeAfter(fault: FaultOf<'close'>): void {
    const reason = fault.reason ?? (fault.code === 4000 ? 'invalid_request_error.emulated_fault' : '');
    if (fault.afterMs === 0) this.close(fault.code, reason);
    else this.#wheel.schedule(fault.afterMs, () => this.close(fault.code, reason));
  }

  #hold(type: string, frame: string | Buffer): void {
    const delay = this.#behaviour.strike('delay');
    const now = performance.now();
    const due = now + (delay ? delay.ms + Math.random() * delay.jitterMs : 0);
    this.#releaseAt = Math.max(this.#releaseAt, due);
    if (this.#releaseAt <= now && this.#held.length === 0) {
      this.#write(type, frame);
      return;
    }
    this.#held.push({ type, frame });
    this.#wheel.schedule(this.#releaseAt - now, () => {
      const next = this.#held.shift();
      if (next) this.#write(next.type, next.frame);
    });
  }

  #write(type: string, frame: string | Buffer): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    this.#gather();
    this.#ws.send(frame, { binary: false });
  }

  /** What is sent in one turn of the event loop goes out in one system call: most of a load test's cost. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      this.#stream.uncork();
    });
  }
}
