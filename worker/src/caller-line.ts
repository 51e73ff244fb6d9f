import type { MoveCause, TakeoverInfo } from '@vjj/shared/link/open-request.ts';
import { type CallerOutput, type Route, refuse } from './caller-output.ts';
import { ClientConnection, type Return } from './client-connection.ts';
import type { CallEvidence } from './evidence/call-evidence.ts';
import type { JournalEntry } from './journal/journal-entry.ts';

export interface CallerLineOptions {
  sessionId: string;
  workerId: string;
  output: CallerOutput;
  /** Signs the token with which a caller comes back to this session. */
  resumeToken: (generation: number) => string;
  /** How long a caller who was lost is waited for (`RESUME_GRACE_MS`). */
  graceMs: number;
  /** They did not come back. */
  onGone: () => void;
}

/** The way to the caller of a session: greeted, lost for a while, come back to over another connection, made anew. */
export class CallerLine {
  readonly #options: CallerLineOptions;
  readonly #client: ClientConnection;
  /** Client frames up to that one need not be repeated to another worker; the gateway was told. */
  #acknowledged = 0;
  #graceTimer: NodeJS.Timeout | undefined;

  constructor(connection: string, options: CallerLineOptions) {
    this.#client = new ClientConnection(connection);
    this.#options = options;
  }

  /** The client connection over which the caller came last. */
  get connection(): string {
    return this.#client.id;
  }

  /** For the journal. */
  get state(): Pick<JournalEntry, 'connection' | 'generation' | 'oldestGeneration'> {
    return this.#client.state;
  }

  /** Goes on with what another worker has written. @param received the last frame that had arrived there */
  restore(entry: JournalEntry, received: number): void {
    this.#client.restore(entry, received);
  }

  greet(): void {
    this.#options.output.message(this.#greeting(0));
  }

  /** Another worker has greeted, with a token as good as ours. */
  wasGreeted(): void {
    this.#client.greet();
  }

  /** A frame of the caller has come. @returns whether it is new that the client has its token */
  arrived(frame: number): boolean {
    this.#client.arrived(frame);
    return this.#client.confirm();
  }

  accepts(generation: number): boolean {
    return this.#client.accepts(generation);
  }

  /** The caller comes back over another connection: tells what they missed, and how much of it is not there any more. */
  comeBack(route: Route, comingBack: Return, evidence: CallEvidence | undefined): void {
    const { output } = this.#options;
    const { generation, seq } = comingBack;
    if (output.route !== undefined) refuse(output.route, 'REPLACED', output.lastSeq);
    const received = this.#client.replace(comingBack);
    this.#acknowledged = 0;
    this.#attach(route);
    evidence?.recording?.lineBack(comingBack.connection);
    output.aside(this.#greeting(generation), seq);
    output.repeatAfter(seq, (lost) => {
      evidence?.resumed({ fromSeq: seq + 1, lost });
      output.aside({ type: 'session.resumed', fromSeq: seq + 1, lost, received }, seq);
    });
  }

  /** The same, to a session that was restored for them: nothing they missed is there. */
  announceReturn({ generation, seq }: Return, lost: number, evidence: CallEvidence | undefined): void {
    const { output } = this.#options;
    evidence?.resumed({ fromSeq: seq + 1, lost });
    evidence?.recording?.lineBack(this.#client.id);
    output.aside(this.#greeting(generation), seq);
    output.aside({ type: 'session.resumed', fromSeq: seq + 1, lost }, seq);
  }

  /** The gateway found its way to us again; the caller noticed nothing. */
  reattach(route: Route, { seq, soundMs }: Pick<TakeoverInfo, 'seq' | 'soundMs'>): void {
    const { output } = this.#options;
    output.route?.end();
    this.#attach(route, soundMs);
    output.acknowledge(this.#acknowledged); // the gateway waits for a word of ours
    output.repeatAfter(seq, () => undefined);
  }

  /** The caller was brought to this worker, and is heard again. */
  announceMove(gapMs: number, cause: MoveCause): void {
    const { output, workerId: worker } = this.#options;
    output.message({ type: 'session.moved', cause, gapMs: Math.round(gapMs), worker });
  }

  /** The connection is lost; the caller may come back for a while. */
  lose(): void {
    const { graceMs, onGone, output } = this.#options;
    output.loseRoute();
    clearTimeout(this.#graceTimer);
    this.#graceTimer = setTimeout(onGone, graceMs);
  }

  /** Tells the gateway once that client frames up to that one need not be kept. */
  acknowledge(frame: number): void {
    if (frame <= this.#acknowledged) return;
    this.#acknowledged = frame;
    this.#options.output.acknowledge(frame);
  }

  end(): void {
    clearTimeout(this.#graceTimer);
  }

  /** @param soundMs what has come over this client connection before */
  #attach(route: Route, soundMs = 0): void {
    clearTimeout(this.#graceTimer);
    this.#client.rerouted();
    this.#options.output.reroute(route, soundMs);
  }

  /** @param used generation of the token the caller came with; 0: none */
  #greeting(used: number) {
    const { graceMs, resumeToken, sessionId, workerId } = this.#options;
    const generation = this.#client.greet(used);
    return {
      type: 'session.ready',
      sessionId,
      protocol: 2,
      worker: workerId,
      resumeToken: resumeToken(generation),
      resumeWithinMs: graceMs,
    } as const;
  }
}
