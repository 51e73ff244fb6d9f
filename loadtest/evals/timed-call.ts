import { Call } from '@vjj/client/sdk/call.ts';
import { SilentPlayback } from '@vjj/client/sdk/silent-playback.ts';
import { bytesPerMs, type Lane } from '@vjj/shared/protocol/messages.ts';

/** What one turn was like for the caller. Times are Unix ms with fractions. */
export interface Turn {
  askedAt: number;
  firstAt: Partial<Record<Lane, number>>;
  /** When the last audio frame of lane B came. */
  lastLaneBAt: number;
  /** Of the answer, played to the end or to where it was cut off, ms. */
  heardMs: number;
  receivedMs: number;
  /** The player ran dry so often, and for so long, ms. */
  gaps: number[];
}

export function unixMs(): number {
  return performance.timeOrigin + performance.now();
}

const turnLimitMs = 30_000;

/** A caller with a player at real pace, who notes when things happen. */
export class TimedCall {
  readonly call = new Call();
  readonly #playback: SilentPlayback;
  #turn: Turn = newTurn(0);
  #laneBEndsAt = 0;

  constructor() {
    this.call.on('audio', ({ pcm, lane }) => this.#onAudio(lane, pcm.length / bytesPerMs));
    // Before the player throws away what it holds.
    this.call.on('flush', () => this.#noteHeard());
    this.#playback = new SilentPlayback(this.call);
  }

  async connect(url: string): Promise<void> {
    await this.call.connect(url);
    const live = this.call.next('provider.ready');
    this.call.start({ audio: 'binary' });
    await live;
  }

  /** Asks by typing and waits until nobody speaks any more. */
  async ask(text: string, whileAnswered?: (turn: Turn) => Promise<void>): Promise<Turn> {
    const turn = this.#newTurn();
    const silent = this.#untilSilent();
    this.call.sendText(text);
    await whileAnswered?.(turn);
    await silent;
    return turn;
  }

  /** Says something by push-to-talk and waits until nobody speaks any more; the turn begins with the commit. */
  async speak(speech: Int16Array): Promise<Turn> {
    this.call.bargeIn();
    this.call.sendAudio(speech);
    const turn = this.#newTurn();
    const silent = this.#untilSilent();
    this.call.commit();
    await silent;
    return turn;
  }

  /** Milliseconds of the current answer the player has played. */
  playedMs(): number {
    return this.#playback.playedMs();
  }

  #newTurn(): Turn {
    this.#laneBEndsAt = 0;
    this.#turn = newTurn(unixMs());
    return this.#turn;
  }

  async #untilSilent(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error('the turn did not end')), turnLimitMs);
    const off = this.call.on('lane.state_changed', ({ to, from }) => {
      if (to === 'LISTENING' && from !== 'IDLE') resolve();
    });
    await promise.finally(() => {
      clearTimeout(timer);
      off();
    });
  }

  #onAudio(lane: Lane, ms: number): void {
    const now = unixMs();
    const turn = this.#turn;
    turn.firstAt[lane] ??= now;
    if (lane !== 'B') return;
    if (this.#laneBEndsAt > 0 && now > this.#laneBEndsAt) turn.gaps.push(now - this.#laneBEndsAt);
    this.#laneBEndsAt = Math.max(now, this.#laneBEndsAt) + ms;
    turn.lastLaneBAt = now;
    turn.receivedMs += ms;
    turn.heardMs = turn.receivedMs;
  }

  #noteHeard(): void {
    if (this.#turn.receivedMs > 0 && this.#laneBEndsAt > unixMs()) {
      this.#turn.heardMs = this.#playback.playedMs();
      this.#laneBEndsAt = 0;
    }
  }
}

function newTurn(askedAt: number): Turn {
  return { askedAt, firstAt: {}, lastLaneBAt: 0, heardMs: 0, receivedMs: 0, gaps: [] };
}
