import { Ticker } from '@vjj/shared/clock.ts';
import type { WebSocket } from 'ws';

const beats = new Ticker(500);
/** A service that was told something and says nothing for so many beats is asked whether it is there. */
const askAfterBeats = 8;
/** Asked in the middle of a call it has so many to answer. */
const answerWithinBeats = 8;
/** A connection that waited for a call has so many: nothing was said over it that could keep the answer waiting. */
const wakeWithinBeats = 3;

/**
 * Whether the service at the other end is still there. A connection can die without a word; then it takes all that is
 * said, for as long as the kernel has room for it, and gives nothing. Beats are counted, not time: after a pause of our
 * own the answer is merely unread.
 */
export class SignOfLife {
  readonly #socket: WebSocket;
  readonly #onDead: (reason: string) => void;
  /** Since the last sign, or since something was told after it. */
  #beats = 0;
  #isOwed = false;
  #isWaking = false;

  constructor(socket: WebSocket, onDead: (reason: string) => void) {
    this.#socket = socket;
    this.#onDead = onDead;
    socket.on('pong', () => this.came());
    beats.add(this.#onBeat);
  }

  /** The connection waited for a call: is it there? */
  wake(): void {
    this.#isOwed = true;
    this.#isWaking = true;
    this.#beats = 0;
    this.#socket.ping();
  }

  /** The service was told something. */
  owed(): void {
    this.#isOwed = true;
  }

  /** The service said something. */
  came(): void {
    this.#beats = 0;
    this.#isOwed = false;
    this.#isWaking = false;
  }

  end(): void {
    beats.remove(this.#onBeat);
  }

  readonly #onBeat = (): void => {
    if (!this.#isOwed) return;
    if (this.#isWaking) {
      if (++this.#beats > wakeWithinBeats) this.#onDead('a connection that waited is dead');
      return;
    }
    // What still waits here goes before any question, and such a beat says nothing; whether it is taken is seen elsewhere.
    if (this.#socket.bufferedAmount > 0) return;
    this.#beats++;
    if (this.#beats === askAfterBeats) this.#socket.ping();
    else if (this.#beats > askAfterBeats + answerWithinBeats)
      this.#onDead('the voice service gives no sign of life');
  };
}
