import type { CallHead } from '@vjj/shared/evidence/recorded-call.ts';
import { binaryHeaderBytes, readBinaryHeader } from '@vjj/shared/protocol/binary-audio.ts';
import type { ServerMessage } from '@vjj/shared/protocol/messages.ts';
import { type CallerStep, counted, type Moment } from './caller-steps.ts';

/** What is waited for so long after its time will not come. */
const patienceMs = 5000;
/** How often the voice service is asked whether the call has reached it. */
const pollMs = 20;
/** For a connection that is to be ended for us, and for the first greeting. */
const closeLimitMs = 15_000;

export interface Played {
  session: string;
  /** What was waited for in vain, in words. */
  missed: string[];
}

export interface ReplayCallerOptions {
  /** Makes the worker of that id leave; the call goes on with another. */
  onMove: (worker: string, how: 'kill' | 'drain') => Promise<void>;
  /** The voice service may end the connection that it ended then. */
  onServiceEnds: () => Promise<void>;
  /** How many connections to the voice service were tried so far. */
  connections: () => Promise<number>;
}

/** Plays the caller of a recorded call: the same frames, as long after what the call did as they came then. */
export class ReplayCaller {
  readonly #url: string;
  readonly #options: ReplayCallerOptions;
  readonly #missed: string[] = [];
  /** When each change of lane came, by `nameOf` its moment. */
  readonly #seen = new Map<string, number>();
  /** When connections to the voice service were seen to have been tried; by their number less one. */
  readonly #connected: number[] = [];
  #socket: WebSocket | undefined;
  #moves = 0;
  #lanes = new Map<string, number>();
  #session = '';
  #worker = '';
  #token = '';
  #seq = 0;
  #isReady = false;
  #isClosed = true;
  #wake: () => void = () => undefined;

  constructor(url: string, options: ReplayCallerOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** @throws when no call can be had at all */
  async play(start: CallHead['start'], script: readonly CallerStep[]): Promise<Played> {
    this.#connect(this.#url);
    if (!(await this.#until(() => this.#isReady, performance.now() + closeLimitMs))) {
      throw new Error('the gateway does not take the call');
    }
    const beganMs = performance.now();
    this.#seen.set(nameOf({ moves: 0, lane: '', nth: 0 }), beganMs);
    this.#send(JSON.stringify(start));
    try {
      for (const step of script) {
        await this.#untilDue(step, beganMs);
        await this.#do(step.does);
      }
    } finally {
      this.#socket?.close(1000);
    }
    return { session: this.#session, missed: this.#missed };
  }

  async #untilDue({ after, delayMs, atMs }: CallerStep, beganMs: number): Promise<void> {
    const name = nameOf(after);
    const has = () => this.#seen.has(name) || after.moves < this.#moves;
    const limitMs = Math.max(performance.now(), beganMs + atMs) + patienceMs;
    if (!(await this.#until(has, limitMs))) {
      this.#missed.push(name);
      this.#seen.set(name, performance.now() - delayMs);
    }
    if (!(await this.#untilConnected(after.connections, limitMs)))
      this.#missed.push(`connection ${after.connections} to the voice service`);
    const dueMs = Math.max(this.#seen.get(name) ?? 0, this.#connected[after.connections - 1] ?? 0) + delayMs;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  /** Asked for only where the call has another connection than before. */
  async #untilConnected(count: number, limitMs: number): Promise<boolean> {
    while (this.#connected.length < count) {
      const tried = await this.#options.connections();
      const now = performance.now();
      while (this.#connected.length < tried) this.#connected.push(now);
      if (tried >= count) break;
      if (now > limitMs) {
        while (this.#connected.length < count) this.#connected.push(now);
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return true;
  }

  async #do(does: CallerStep['does']): Promise<void> {
    if ('send' in does) this.#send(this.#asOfNow(does.send));
    else if ('sendBinary' in does) this.#send(new Uint8Array(Buffer.from(does.sendBinary, 'base64')));
    else if ('line' in does) await this.#switchLine(does.line);
    else if ('move' in does) await this.#options.onMove(this.#worker, does.move);
    else if ('service' in does) await this.#options.onServiceEnds();
    else if (does.end.isOurs) this.#socket?.close(1000);
    else if (!(await this.#until(() => this.#isClosed, performance.now() + closeLimitMs))) {
      this.#missed.push('the end of the connection');
    }
  }

  /** An acknowledgement names messages of this run. */
  #asOfNow(frame: string): string {
    if (!frame.includes('"ack"')) return frame;
    try {
      const message = JSON.parse(frame) as { type?: unknown; seq?: unknown };
      return message.type === 'ack' ? JSON.stringify({ ...message, seq: this.#seq }) : frame;
    } catch {
      return frame;
    }
  }

  async #switchLine(to: 'lost' | 'back'): Promise<void> {
    if (to === 'lost') {
      this.#socket?.close(4000);
      await this.#until(() => this.#isClosed, performance.now() + closeLimitMs);
      return;
    }
    this.#isReady = false;
    this.#connect(`${this.#url}?resume=${this.#token}&seq=${this.#seq}`);
    if (!(await this.#until(() => this.#isReady, performance.now() + closeLimitMs)))
      this.#missed.push('the way back to the call');
  }

  #send(frame: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  #connect(url: string): void {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#isClosed = true;
      this.#wake();
    };
    this.#isClosed = false;
    this.#socket = socket;
  }

  #received(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      if (data.byteLength >= binaryHeaderBytes)
        this.#seq = Math.max(this.#seq, readBinaryHeader(new Uint8Array(data))?.seq ?? 0);
      return;
    }
    const message = JSON.parse(String(data)) as ServerMessage;
    this.#seq = Math.max(this.#seq, message.seq);
    switch (message.type) {
      case 'session.ready':
        this.#session = message.sessionId;
        this.#worker = message.worker ?? '';
        this.#token = message.resumeToken ?? '';
        this.#isReady = true;
        break;
      case 'lane.state_changed':
        this.#reached(message.to, counted(this.#lanes, message.to));
        break;
      case 'session.moved':
        this.#moves++;
        this.#lanes = new Map();
        this.#reached('', 0);
        break;
      default:
        return;
    }
    this.#wake();
  }

  #reached(lane: string, nth: number): void {
    this.#seen.set(nameOf({ moves: this.#moves, lane, nth }), performance.now());
  }

  /** @returns false: it was not so by then */
  async #until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    for (;;) {
      if (isSo()) return true;
      const leftMs = limitMs - performance.now();
      if (leftMs <= 0) return false;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, leftMs);
      });
      clearTimeout(timer);
    }
  }
}

/** A change of lane in words, also for people. */
function nameOf({ moves, lane, nth }: Omit<Moment, 'connections'>): string {
  const since = moves === 0 ? '' : ` after move ${moves}`;
  return lane === '' ? `the call${since}` : `${lane} for time ${nth}${since}`;
}
