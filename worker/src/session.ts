import { monotonicMs } from '@vjj/shared/clock.ts';
import { type ErrorId, errorSpec } from '@vjj/shared/errors.ts';
import type { MoveCause, TakeoverInfo } from '@vjj/shared/link/open-request.ts';
import type { SessionStart } from '@vjj/shared/protocol/messages.ts';
import { defaultAgentName } from './agents/agents.ts';
import { CallerFrames, type Message } from './caller-frames.ts';
import { CallerLine } from './caller-line.ts';
import type { CallerOutput, Route } from './caller-output.ts';
import type { Return } from './client-connection.ts';
import type { Inheritance } from './inheritance.ts';
import { CallRecord } from './journal/call-record.ts';
import { cutOf, soundSince } from './journal/cut-off.ts';
import { writeEntry } from './journal/journal-entry.ts';
import { Visitor } from './memory/visitor.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { type CallStart, StartedCall } from './started-call.ts';
import { WaitingCall } from './waiting/waiting-call.ts';

/** One call: reads what the caller sends, and hands it to what listens and to what speaks. */
export class Session {
  readonly #id: string;
  readonly #workerId: string;
  readonly #deps: SessionDependencies;
  readonly #output: CallerOutput;
  readonly #line: CallerLine;
  readonly #frames: CallerFrames;
  #record: CallRecord;
  /** When the call got its place, of the wall clock: the workers of a call may be several. */
  #startedAt = Date.now();
  /** Both from `session.start`, or the restoring of the call, on. */
  #visitor: Visitor | undefined;
  #call: StartedCall | undefined;
  /** The call has no place yet, and so no voice service. */
  #waiting: WaitingCall | undefined;
  #isDirty = false;
  #startTimer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(sessionId: string, workerId: string, connection: string, deps: SessionDependencies) {
    this.#id = sessionId;
    this.#workerId = workerId;
    this.#deps = deps;
    this.#output = deps.output;
    this.#record = new CallRecord(sessionId);
    this.#record.onChanged = () => this.#changed();
    const { config, log, output, resumeToken } = deps;
    this.#line = new CallerLine(connection, {
      sessionId,
      workerId,
      output,
      resumeToken,
      graceMs: config.RESUME_GRACE_MS,
      onGone: () => {
        log.info('the caller did not come back');
        this.end();
      },
    });
    this.#frames = new CallerFrames({
      watermark: () => this.#record.frames,
      recording: () => this.#call?.evidence.recording,
      isText: () => this.#call !== undefined && output.encoding !== 'binary',
      isCommitting: () => this.#call?.live?.listener.isCommitting ?? false,
      onArrived: (number) => {
        if (this.#line.arrived(number)) this.#isDirty = true;
      },
      onAudio: (audio) => {
        if (this.#call === undefined) output.error('NOT_STARTED');
        else this.#call.onAudio(audio);
      },
      onMessage: (message) => this.#onMessage(message),
      onError: (id, detail) => output.error(id, detail),
      onTooMany: () => this.fail('TOO_MANY_MESSAGES'),
      onRepeated: () => this.#call?.onRepeated(),
    });
  }

  /** A call begins. */
  begin(): void {
    // Who never starts must not hold a place for ever.
    this.#startTimer = setTimeout(() => this.fail('START_TIMEOUT'), this.#deps.config.START_TIMEOUT_MS);
    this.#line.greet();
  }

  /** All workers are full: the voice service is connected when it is the call's turn. Before `begin` or `restore`. */
  awaitPlace(): void {
    const { output, phrases, ticker } = this.#deps;
    this.#waiting = new WaitingCall({ output, phrases, ticker });
  }

  /** @param position among all calls that wait, from 1; told again if it could not be said yet */
  waitsAt(position: number, etaMs: number): void {
    // While it is being restored it is not known what the caller was told last.
    if (!this.#frames.isHolding) this.#waiting?.at(position, etaMs);
  }

  /** It is the call's turn: it has a place. */
  takePlace(): void {
    const soundEndsMs = this.#waiting?.end('placed') ?? 0;
    this.#waiting = undefined;
    this.#startedAt = Date.now();
    if (this.#call === undefined) return; // it is still to be started, or to be restored
    const agent = this.#deps.agents.get(this.#call.agentName);
    if (agent === undefined) this.fail('UNKNOWN_AGENT');
    else void this.#call.goLive(agent, soundEndsMs);
  }

  /** A frame of the caller. @param number within its connection, from 1 */
  onFrame(payload: Buffer, isBinary: boolean, number: number): void {
    this.#frames.push(payload, isBinary, number);
  }

  /** Frames are kept until `restore` or `beginAgain`. */
  awaitRestore(): void {
    this.#frames.hold();
  }

  /** The worker before died before it had written anything, and every frame of the caller is there. */
  beginAgain({ cause, elapsedMs, lastFrame, seq, soundMs }: TakeoverInfo, sinceOpenedMs: number): void {
    if (this.#isOver) return; // it ended while it was asked for a journal
    this.#output.startAfter(seq, soundMs);
    if (seq === 0) this.begin();
    else {
      this.#line.wasGreeted();
      this.#startTimer = setTimeout(() => this.fail('START_TIMEOUT'), this.#deps.config.START_TIMEOUT_MS);
      this.announceMove(elapsedMs + sinceOpenedMs, cause);
    }
    this.#frames.run(lastFrame);
  }

  /**
   * Goes on with a call that another worker had. Resolves when the caller is heard, or the call is over.
   * @param announce tells the caller, before anything else
   */
  async restore(inheritance: Inheritance, announce: () => void): Promise<void> {
    if (this.#isOver) return; // it ended while the journal was read: nobody would end what begins here
    const { entry, cause, connection, lastFrame, received, seq, soundMs } = inheritance;
    const { agents, log, memory } = this.#deps;
    this.#record = new CallRecord(this.#id, entry);
    this.#record.onChanged = () => this.#changed();
    if (entry.connection !== connection) this.#record.frames.reconnected();
    this.#line.restore(entry, received);
    this.#output.encoding = entry.start.audio ?? 'json';
    this.#output.startAfter(Math.max(seq, entry.seq), soundMs);
    // One that was not ready may have waited for its place.
    if (entry.isReady) this.#startedAt = entry.startedAt ?? this.#startedAt;
    const start = { type: 'session.start' as const, ...entry.start };
    this.#visitor = new Visitor(this.#id, start, memory);
    const cut = entry.speaker.inProgress && cutOf(entry.speaker.inProgress, soundSince(inheritance));
    if (cut !== undefined && cut.words !== '') this.#record.dialogue.add('assistant', cut.words);
    const agent = agents.get(start.agent ?? defaultAgentName);
    if (agent === undefined) {
      log.error({ agent: start.agent }, 'this worker does not have the agent of a call it took over');
      this.fail('INTERNAL');
      return;
    }
    const call = this.#newCall({
      start,
      agent,
      mode: entry.mode,
      visitor: this.#visitor,
      movedBecause: cause,
    });
    call.evidence.movedFrom(entry.evidence, this.#workerId, cause);
    if (cut !== undefined && entry.speaker.inProgress !== undefined) {
      call.evidence.cut(cause, 'B', cut.words, entry.speaker.inProgress.text, cut.leftMs);
    }
    if (this.#waiting !== undefined) {
      announce();
      this.#waiting.started(agent, call.evidence);
    } else if (!(await call.goOn(agent, entry, cut, announce))) return;
    this.#changed();
    this.#frames.run(lastFrame);
  }

  /** The caller is heard again. */
  announceMove(gapMs: number, cause: MoveCause): void {
    this.#line.announceMove(gapMs, cause);
  }

  /** The caller came back, to a session that was restored for them. */
  announceReturn(comingBack: Return, lost: number): void {
    this.#line.announceReturn(comingBack, lost, this.#call?.evidence);
  }

  /** The caller comes back over another connection. @returns why not, or undefined */
  resume(route: Route, comingBack: Return): ErrorId | undefined {
    if (!this.#line.accepts(comingBack.generation)) return 'OLD_TOKEN';
    if (this.#frames.isHolding) return 'INTERNAL'; // still being restored; they will try again
    this.#record.frames.reconnected();
    this.#frames.repeatedUntil(0);
    this.#line.comeBack(route, comingBack, this.#call?.evidence);
    this.#call?.live?.speaker.release();
    this.#changed();
    return undefined;
  }

  /** The gateway found its way to us again; the caller noticed nothing. */
  reattach(route: Route, takeover: TakeoverInfo): void {
    this.#frames.repeatedUntil(takeover.lastFrame);
    this.#line.reattach(route, takeover);
    this.#call?.live?.speaker.release();
  }

  /** That is the connection over which the caller came last. */
  isReachedOver(connection: string): boolean {
    return this.#line.connection === connection;
  }

  /** The caller is reached that way. */
  isReachedBy(route: Route): boolean {
    return this.#output.route === route;
  }

  /** The connection to the caller is lost; they may come back for a while. */
  detach(): void {
    if (this.#isOver) return;
    if (this.#call === undefined && !this.#frames.isHolding) {
      this.end();
      return;
    }
    this.#call?.evidence.recording?.lineLost();
    this.#line.lose();
    this.#frames.lineLost();
    this.#call?.live?.speaker.hold();
    this.#changed();
  }

  /** What another worker needs to go on with the call; undefined: nothing that is not in the caller's frames. */
  journal(nowMs: number): { data: string; frame: number } | undefined {
    const call = this.#call;
    if (call === undefined || !this.hasJournal) return undefined;
    this.#isDirty = false;
    const { dialogue } = this.#record;
    const state = {
      ...call.state,
      ...this.#record.state(nowMs),
      ...this.#line.state,
      seq: this.#output.lastSeq,
      soundMs: this.#output.soundMs,
      startedAt: this.#startedAt,
    };
    return { data: writeEntry(state, dialogue), frame: state.frame };
  }

  /**
   * Whether there is anything to write down that is not in the caller's frames, or in another worker's journal. Once it has
   * ended here it must not be: the next worker would go on with the end of it.
   */
  get hasJournal(): boolean {
    if (this.#call === undefined || this.#isOver) return false;
    return !this.#frames.isHolding || this.#call.live !== undefined || this.#waiting !== undefined;
  }

  /** A client is attached. */
  get isReached(): boolean {
    return this.#output.route !== undefined;
  }

  /** It could go over to another worker now, and the caller would notice nothing. */
  get isMovable(): boolean {
    if (this.#frames.isHolding) return false;
    return this.#call === undefined || this.#waiting !== undefined || this.#call.isQuiet;
  }

  /** Frames are kept, for another worker or until `unpause`. @returns false: they are already, for another reason */
  pause(): boolean {
    if (this.#frames.isHolding) return false;
    this.awaitRestore();
    return true;
  }

  unpause(): void {
    this.#frames.run();
  }

  /** Whether the journal no longer says where the call is. */
  get isJournalStale(): boolean {
    return this.#isDirty || (this.#call?.live?.speaker.isSpeaking ?? false);
  }

  /** It could not be written, or must be written whole. */
  markStale(): void {
    this.#isDirty = true;
  }

  /** Client frames up to that one are in the journal, or are silence. */
  acknowledge(frame = this.#record.frames.position(monotonicMs()).frame): void {
    if (this.#call !== undefined) this.#line.acknowledge(frame);
  }

  /** Tells the caller why, and ends the call. */
  fail(id: ErrorId): void {
    if (this.#isOver) return;
    this.#output.error(id);
    this.#output.close(errorSpec(id).close ?? 1011, id);
    this.end(id);
  }

  /** Another worker has the session: the gateway is told to go there, and why; the caller is told nothing. */
  letGo(why: 'WORKER_LOST' | 'DRAINING' = 'WORKER_LOST'): void {
    if (this.#isOver) return;
    this.#output.close(errorSpec('WORKER_LOST').close ?? 1011, why);
    this.end('moved');
  }

  /**
   * Ends the call on our side; the caller's connection is somebody else's matter.
   * @param reason for the evidence: `left`, `caller` (said so), `moved`, or an id of the error table
   */
  end(reason: 'left' | 'caller' | 'moved' | ErrorId = 'left'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (reason !== 'moved') this.#visitor?.remember(this.#startedAt, this.#record.dialogue.state());
    clearTimeout(this.#startTimer);
    this.#line.end();
    this.#waiting?.end('ended');
    this.#frames.end();
    this.#call?.end(reason);
    this.#deps.onEnd();
  }

  #changed(): void {
    this.#isDirty = true;
    if (!this.#isOver) this.#deps.onChanged();
  }

  #onMessage(message: Message): void {
    if (message.type !== 'ack') this.#isDirty = true;
    if (message.type === 'session.start') {
      this.#onStart(message);
      return;
    }
    if (message.type === 'session.end') {
      this.#output.close(1000, 'the caller ended the call');
      this.end('caller');
      return;
    }
    if (this.#call === undefined) {
      this.#output.error('NOT_STARTED');
      return;
    }
    if (message.type === 'session.set_mode') {
      this.#call.setMode(message.voiceMode);
      return;
    }
    if (message.type === 'ack') this.#output.acknowledged(message.seq);
    this.#call.onMessage(message);
  }

  #onStart(start: SessionStart): void {
    if (this.#call !== undefined) {
      this.#call.startAgain();
      return;
    }
    const { agents, evidence, memory } = this.#deps;
    const agent = agents.get(start.agent ?? defaultAgentName);
    if (agent === undefined) {
      this.#output.error('UNKNOWN_AGENT', start.agent);
      return;
    }
    if (evidence.isFull()) {
      this.fail('EVIDENCE_FULL');
      return;
    }
    clearTimeout(this.#startTimer);
    this.#output.encoding = start.audio ?? 'json';
    this.#changed();
    this.#visitor = new Visitor(this.#id, start, memory);
    const mode = start.voiceMode ?? agent.voiceMode;
    const call = this.#newCall({ start, agent, mode, visitor: this.#visitor });
    call.begun();
    if (this.#waiting === undefined) void call.goLive(agent);
    else this.#waiting.started(agent, call.evidence);
  }

  #newCall(what: Pick<CallStart, 'start' | 'agent' | 'mode' | 'visitor' | 'movedBecause'>): StartedCall {
    const where = { workerId: this.#workerId, connection: this.#line.connection };
    const call = new StartedCall({ ...what, ...where, record: this.#record }, this.#deps, {
      startedAt: () => this.#startedAt,
      isOver: () => this.#isOver,
      isHolding: () => this.#frames.isHolding,
      hold: () => this.#frames.hold(),
      goOn: () => this.#frames.run(),
      changed: () => this.#changed(),
      fail: (id) => this.fail(id),
    });
    this.#call = call;
    return call;
  }
}
