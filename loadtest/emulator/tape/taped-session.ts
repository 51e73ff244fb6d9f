import { askedKind } from '@vjj/shared/evidence/recording.ts';
import type { WebSocket } from 'ws';
import { readMessage } from '../realtime/client-events.ts';
import type { TimerWheel, WheelTimer } from '../timer-wheel.ts';
import type { TapeDeck, TapedConnection, TapeStep } from './tape-deck.ts';

/** A question that has not come so long after its time never will. */
const patienceMs = 5000;

/** A Realtime session that says what it once said, each thing as long after what was asked as it did then. */
export class TapedSession {
  readonly id = 'taped';
  readonly #ws: WebSocket;
  readonly #tape: TapedConnection;
  readonly #wheel: TimerWheel;
  readonly #deck: TapeDeck;
  readonly #openedMs = performance.now();
  /** When what was asked for the nth time. */
  readonly #asked = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #at = 0;
  #timer: WheelTimer | undefined;

  constructor(ws: WebSocket, tape: TapedConnection, deck: TapeDeck, wheel: TimerWheel) {
    this.#ws = ws;
    this.#tape = tape;
    this.#deck = deck;
    this.#wheel = wheel;
  }

  start(): void {
    this.#deck.listen(this.#go);
    this.#go();
  }

  receive(data: Buffer): void {
    const message = readMessage(data);
    if (message.kind === 'audio') return;
    const what = askedKind(message.value);
    if (what === undefined) return;
    const n = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, n);
    this.#asked.set(`${what} ${n}`, performance.now());
    this.#go();
  }

  ended(): void {
    this.#deck.ignore(this.#go);
    this.#timer?.cancel();
  }

  /** Faults are on the tape. */
  armFaults(): void {}

  readonly #go = (): void => {
    this.#timer?.cancel();
    for (let step = this.#tape.steps[this.#at]; step !== undefined; step = this.#tape.steps[this.#at]) {
      const waitMs = this.#waitMs(step);
      if (waitMs > 0) {
        this.#timer = this.#wheel.schedule(waitMs, this.#go);
        return;
      }
      this.#at++;
      this.#tape.served++;
      if (!this.#do(step)) return;
    }
  };

  /** Until the step is due, or is to be looked at again. */
  #waitMs({ after, delayMs, atMs, ifTold = 0 }: TapeStep): number {
    const now = performance.now();
    const patientUntilMs = this.#openedMs + atMs + patienceMs;
    if (this.#deck.told < ifTold && now < patientUntilMs) return patientUntilMs - now;
    if (after === null) return this.#openedMs + delayMs - now;
    const name = `${after.what} ${after.n}`;
    const askedMs = this.#asked.get(name);
    if (askedMs !== undefined) return askedMs + delayMs - now;
    if (now < patientUntilMs) return patientUntilMs - now;
    this.#asked.set(name, now - delayMs);
    this.#tape.missed.push(name);
    return 0;
  }

  /** @returns whether more can follow */
  #do({ does }: TapeStep): boolean {
    if (this.#ws.readyState !== this.#ws.OPEN) return false;
    if ('send' in does) {
      this.#ws.send(does.send);
      return true;
    }
    // Nobody may send such a code: it stands for a cut cable.
    if (does.close === 1006 || does.close === 1005) this.#ws.terminate();
    else this.#ws.close(does.close);
    return false;
  }
}
