import { monotonicMs, type Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import { type ErrorId, errorSpec, VjjError } from '@vjj/shared/errors.ts';
import type { MoveCause, TakeoverInfo } from '@vjj/shared/link/open-request.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { version } from '@vjj/shared/process/version.ts';
import type { ClientMessage, SessionStart, VoiceMode } from '@vjj/shared/protocol/messages.ts';
import { defaultAgentName } from './agents/agents.ts';
import type { CallAgent } from './call-agent.ts';
import { defaultTenant } from './call-agents.ts';
import { connected } from './call-metrics.ts';
import { type CallerOutput, type Route, refuse } from './caller-output.ts';
import { type ClientFrame, readBinaryFrame, readTextFrame } from './client-frame.ts';
import type { CallEvidence } from './evidence/call-evidence.ts';
import type { Caller } from './evidence/evidence.ts';
import { CallRecord } from './journal/call-record.ts';
import { cutOf } from './journal/cut-off.ts';
import { Generations } from './journal/generations.ts';
import { type JournalEntry, writeEntry } from './journal/journal-entry.ts';
import type { SpeakerPhrases } from './lanes/speaker.ts';
import { goLive, type Live } from './live.ts';
import { dealWith } from './live-message.ts';
import type { Called, CallMemory } from './memory/call-memory.ts';
import { MessageRate } from './message-rate.ts';
import type { Connect } from './provider/provider.ts';
import { Renewal } from './renewal.ts';
import { Repetition } from './repetition.ts';
import { speakOn } from './speak-on.ts';
import { WaitingCall } from './waiting/waiting-call.ts';

export interface SessionDependencies {
  config: Readonly<Config>;
  log: Logger;
  connect: Connect;
  agents: { get(name: string): CallAgent | undefined };
  phrases: SpeakerPhrases;
  /** Undefined: callers are not known again. */
  memory: CallMemory | undefined;
  /** The process's beat for pacing audio. */
  ticker: Ticker;
  output: CallerOutput;
  evidence: {
    /** No new call may begin: what it does could not be kept. */
    isFull: () => boolean;
    /** Begins the chain of this call. */
    begin: (caller: Omit<Caller, 'session' | 'epoch'>) => CallEvidence;
  };
  /** Signs the token with which a caller comes back to this session. */
  resumeToken: (generation: number) => string;
  /** How the voice service was last met: `ok`, or an id of the error table. */
  onProvider: (health: 'ok' | ErrorId) => void;
  /** Another worker would have to know what has changed, at once. */
  onChanged: () => void;
  /** The voice service is lost amid a turn: the call is to be taken up anew from its journal. */
  onAdrift: () => void;
  /** The session is over; called once. */
  onEnd: () => void;
}

/** What a caller's way back to this session brings: the token's generation, the last message it has, its connection. */
export interface Return {
  generation: number;
  seq: number;
  connection: string;
}

/** What is known of a call that another worker had. */
export interface Inheritance {
  entry: JournalEntry;
  cause: MoveCause;
  /** Between the journal's last write and the worker's death; infinite: nobody knows. */
  sinceMs: number;
  /** The last message the caller has. */
  seq: number;
  connection: string;
  /** The last client frame that is a repetition; 0: there are none. */
  lastFrame: number;
  /** The last client frame that is none, and had arrived before. */
  received: number;
}

/** One death brings many calls to the voice service at once; it may refuse some of them for a moment. */
const restoreTries = 5;
const restoreRetryMs = 500;
/** A spoken goodbye is shorter. */
const goodbyeLimitMs = 15_000;
/** An answer is owed to words that were to be repeated; if they do not come, it is given without them. */
const oweLimitMs = 2000;
/** Redis answers in a millisecond or two; a call does not wait for one that does not. */
const visitLimitMs = 50;

/** One call: reads what the caller sends, and hands it to what listens and to what speaks. */
export class Session {
  readonly #id: string;
  readonly #workerId: string;
  readonly #deps: SessionDependencies;
  readonly #output: CallerOutput;
  readonly #rate = new MessageRate();
  #record: CallRecord;
  #generations = new Generations();
  #connection: string;
  #isConfirmed = false;
  #start: SessionStart | undefined;
  #mode: VoiceMode = 'push-to-talk';
  #startedAt = Date.now();
  #previousSessions = 0;
  #isReady = false;
  #live: Live | undefined;
  /** The call has no place yet, and so no voice service. */
  #waiting: WaitingCall | undefined;
  /** From `session.start`, or the restoring of the call, on. */
  #evidence: CallEvidence | undefined;
  /** Frames wait here while the call is being restored, and while what a dead worker heard is repeated. */
  #repetition: Repetition | undefined;
  #isDirty = false;
  #acknowledged = 0;
  /** The last client frame that came over the connection there is, and over the one before whose token is good still. */
  #received = 0;
  #receivedBefore = { generation: 0, frames: 0 };
  #startTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #oweTimer: NodeJS.Timeout | undefined;
  #lastTimer: NodeJS.Timeout | undefined;
  readonly #renewal: Renewal;
  #isOver = false;

  constructor(sessionId: string, workerId: string, connection: string, deps: SessionDependencies) {
    this.#id = sessionId;
    this.#workerId = workerId;
    this.#connection = connection;
    this.#deps = deps;
    this.#output = deps.output;
    this.#record = new CallRecord(sessionId);
    this.#record.onChanged = () => this.#changed();
    this.#renewal = new Renewal(deps.config.PROVIDER_RENEW_MS, {
      isQuiet: () => this.#repetition === undefined && this.#isQuiet,
      renew: () => void this.#renew(),
    });
  }

  /** A call begins. */
  begin(): void {
    // Who never starts must not hold a place for ever.
    this.#startTimer = setTimeout(() => this.fail('START_TIMEOUT'), this.#deps.config.START_TIMEOUT_MS);
    this.#output.message(this.#greeting(0));
  }

  /** All workers are full: the voice service is connected when it is the call's turn. Before `begin` or `restore`. */
  awaitPlace(): void {
    const { output, phrases, ticker } = this.#deps;
    this.#waiting = new WaitingCall({ output, phrases, ticker });
  }

  /** @param position among all calls that wait, from 1; told again if it could not be said yet */
  waitsAt(position: number, etaMs: number): void {
    // While it is being restored it is not known what the caller was told last.
    if (this.#repetition === undefined) this.#waiting?.at(position, etaMs);
  }

  /** It is the call's turn: it has a place. */
  takePlace(): void {
    const soundEndsMs = this.#waiting?.end('placed') ?? 0;
    this.#waiting = undefined;
    const agent = this.#start && this.#deps.agents.get(this.#start.agent ?? defaultAgentName);
    // Otherwise it is still to be started, or to be restored.
    if (agent !== undefined && this.#evidence !== undefined)
      void this.#goLive(agent, this.#evidence, soundEndsMs);
  }

  /** A frame of the caller. @param number within its connection, from 1 */
  onFrame(payload: Buffer, isBinary: boolean, number: number): void {
    if (this.#isOver) return;
    // The payload is a view on the link's buffer.
    if (this.#repetition !== undefined) this.#repetition.push(Buffer.from(payload), isBinary, number);
    else this.#take(payload, isBinary, number);
  }

  /** Frames are kept until `restore` or `beginAgain`. */
  awaitRestore(): void {
    this.#repetition = new Repetition(
      (payload, isBinary, number) => this.#take(payload, isBinary, number),
      () => this.#live?.listener.isCommitting ?? false,
      () => this.#onRepeated(),
    );
  }

  /** The worker before died before it had written anything, and every frame of the caller is there. */
  beginAgain({ cause, elapsedMs, lastFrame, seq }: TakeoverInfo, sinceOpenedMs: number): void {
    this.#output.startAfter(seq);
    if (seq === 0) this.begin();
    else {
      this.#generations.connected();
      this.#startTimer = setTimeout(() => this.fail('START_TIMEOUT'), this.#deps.config.START_TIMEOUT_MS);
      this.announceMove(elapsedMs + sinceOpenedMs, cause);
    }
    this.#repetition?.run(lastFrame);
  }

  /**
   * Goes on with a call that another worker had. Resolves when the caller is heard.
   * @param announce tells the caller, before anything else
   */
  async restore(inheritance: Inheritance, announce: () => void): Promise<void> {
    const { entry, cause, sinceMs, seq, connection, lastFrame, received } = inheritance;
    const { agents, log } = this.#deps;
    const { speaker, mode } = entry;
    this.#record = new CallRecord(this.#id, entry);
    this.#record.onChanged = () => this.#changed();
    if (entry.connection !== connection) this.#record.frames.reconnected();
    this.#generations = new Generations(entry.generation, entry.oldestGeneration);
    this.#start = { type: 'session.start', ...entry.start };
    this.#mode = mode;
    this.#output.encoding = entry.start.audio ?? 'json';
    this.#output.startAfter(Math.max(seq, entry.seq));
    this.#received = received;
    const cut = speaker.inProgress && cutOf(speaker.inProgress, sinceMs, seq - entry.seq);
    if (cut !== undefined && cut.words !== '') this.#record.dialogue.add('assistant', cut.words);
    const agent = agents.get(entry.start.agent ?? defaultAgentName);
    if (agent === undefined) {
      log.error({ agent: entry.start.agent }, 'this worker does not have the agent of a call it took over');
      this.fail('INTERNAL');
      return;
    }
    const evidence = this.#tellEvidence(agent, this.#start, cause);
    evidence.movedFrom(entry.evidence, this.#workerId, cause);
    if (cut !== undefined && speaker.inProgress !== undefined) {
      const { text, releasedMs } = speaker.inProgress;
      evidence.cut(cause, 'B', cut.words, text, releasedMs);
    }
    if (this.#waiting !== undefined) {
      announce();
      this.#waiting.started(agent, evidence);
      this.#changed();
      this.#repetition?.run(lastFrame);
      return;
    }
    const connecting = this.#connect(agent, evidence, restoreTries);
    const [live, previousSessions] = await Promise.all([connecting, this.#visit()]);
    if (live === undefined) return;
    this.#previousSessions = previousSessions;
    announce();
    this.#live = live;
    this.#isReady = entry.isReady;
    if (this.#output.route === undefined) live.speaker.hold();
    if (entry.isReady) speakOn(live, entry, cut);
    else this.#goReady(live);
    live.listener.isRepeated = true;
    this.#changed();
    this.#repetition?.run(lastFrame);
  }

  /** The caller is heard again. */
  announceMove(gapMs: number, cause: MoveCause): void {
    this.#output.message({ type: 'session.moved', cause, gapMs: Math.round(gapMs) });
  }

  /** The caller came back, to a session that was restored for them. */
  announceReturn({ generation, seq }: Return, lost: number): void {
    this.#evidence?.resumed({ fromSeq: seq + 1, lost });
    this.#evidence?.recording?.lineBack(this.#connection);
    this.#output.aside(this.#greeting(generation), seq);
    this.#output.aside({ type: 'session.resumed', fromSeq: seq + 1, lost }, seq);
  }

  /** The caller comes back over another connection. @returns why not, or undefined */
  resume(route: Route, { generation, seq, connection }: Return): ErrorId | undefined {
    if (!this.#generations.accepts(generation)) return 'OLD_TOKEN';
    if (this.#repetition !== undefined) return 'INTERNAL'; // still being restored; they will try again
    const before = this.#output.route;
    if (before !== undefined) refuse(before, 'REPLACED', this.#output.lastSeq);
    this.#connection = connection;
    const received = this.#receivedOver(generation);
    this.#receivedBefore = { generation, frames: received };
    this.#received = 0;
    this.#record.frames.reconnected();
    this.#acknowledged = 0;
    this.#attach(route);
    this.#evidence?.recording?.lineBack(connection);
    const output = this.#output;
    output.aside(this.#greeting(generation), seq);
    output.repeatAfter(seq, (lost) => {
      this.#evidence?.resumed({ fromSeq: seq + 1, lost });
      output.aside({ type: 'session.resumed', fromSeq: seq + 1, lost, received }, seq);
    });
    this.#live?.speaker.release();
    this.#changed();
    return undefined;
  }

  /** The gateway found its way to us again; the caller noticed nothing. */
  reattach(route: Route, { seq }: TakeoverInfo): void {
    this.#output.route?.end();
    this.#attach(route);
    this.#output.repeatAfter(seq, () => undefined);
    this.#live?.speaker.release();
  }

  /** That is the connection over which the caller came last. */
  isReachedOver(connection: string): boolean {
    return this.#connection === connection;
  }

  /** The caller is reached that way. */
  isReachedBy(route: Route): boolean {
    return this.#output.route === route;
  }

  /** The connection to the caller is lost; they may come back for a while. */
  detach(): void {
    if (this.#isOver) return;
    if (this.#start === undefined && this.#repetition === undefined) {
      this.end();
      return;
    }
    const { config, log } = this.#deps;
    this.#evidence?.recording?.lineLost();
    this.#output.reroute(undefined);
    this.#live?.speaker.hold();
    clearTimeout(this.#graceTimer);
    this.#graceTimer = setTimeout(() => {
      log.info('the caller did not come back');
      this.end();
    }, config.RESUME_GRACE_MS);
    this.#changed();
  }

  /** What another worker needs to go on with the call; undefined: nothing that is not in the caller's frames. */
  journal(nowMs: number): { data: string; frame: number } | undefined {
    if (this.#start === undefined || !this.hasJournal) return undefined;
    this.#isDirty = false;
    const { type: _, voiceMode: __, ...start } = this.#start;
    const make = () => ({
      start,
      mode: this.#mode,
      isReady: this.#isReady,
      speaker: this.#live?.speaker.progress() ?? { state: 'IDLE' as const, answer: 0, isAnnounced: false },
      ...this.#record.state(nowMs),
      turns: [...this.#record.dialogue.state().turns],
      done: [...this.#record.frames.position(nowMs).done],
      connection: this.#connection,
      seq: this.#output.lastSeq,
      generation: this.#generations.newest,
      oldestGeneration: this.#generations.oldestGood,
      ...(this.#evidence === undefined ? {} : { evidence: this.#evidence.position }),
    });
    return {
      data: writeEntry(make, this.#record.dialogue),
      frame: this.#record.frames.position(nowMs).frame,
    };
  }

  /** Whether there is anything to write down that is not in the caller's frames, or in another worker's journal. */
  get hasJournal(): boolean {
    const hasBegun =
      this.#live !== undefined || (this.#waiting !== undefined && this.#evidence !== undefined);
    return this.#start !== undefined && (this.#repetition === undefined || hasBegun);
  }

  /** A client is attached. */
  get isReached(): boolean {
    return this.#output.route !== undefined;
  }

  /** It could go over to another worker now, and the caller would notice nothing. */
  get isMovable(): boolean {
    if (this.#repetition !== undefined) return false;
    return this.#start === undefined || this.#waiting !== undefined || this.#isQuiet;
  }

  /** Frames are kept, for another worker or until `unpause`. @returns false: they are already, for another reason */
  pause(): boolean {
    if (this.#repetition !== undefined) return false;
    this.awaitRestore();
    return true;
  }

  unpause(): void {
    this.#repetition?.run(0);
  }

  /** Whether the journal no longer says where the call is. */
  get isJournalStale(): boolean {
    return this.#isDirty || (this.#live?.speaker.isSpeaking ?? false);
  }

  /** It could not be written, or must be written whole. */
  markStale(): void {
    this.#isDirty = true;
  }

  /** Client frames up to that one are in the journal, or are silence. */
  acknowledge(frame = this.#record.frames.position(monotonicMs()).frame): void {
    if (this.#start === undefined || frame <= this.#acknowledged) return;
    this.#acknowledged = frame;
    this.#output.acknowledge(frame);
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
    const called = this.#called();
    if (called !== undefined && reason !== 'moved')
      this.#deps.memory?.remember(called, this.#startedAt, this.#record.dialogue.state());
    clearTimeout(this.#startTimer);
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#oweTimer);
    clearTimeout(this.#lastTimer);
    this.#renewal.stop();
    this.#waiting?.end('ended');
    this.#repetition?.stop();
    this.#live?.speaker.end();
    this.#live?.listener.close();
    this.#live?.conversation.close();
    this.#evidence?.ended(reason);
    this.#deps.onEnd();
  }

  #changed(): void {
    this.#isDirty = true;
    if (!this.#isOver) this.#deps.onChanged();
  }

  #attach(route: Route): void {
    clearTimeout(this.#graceTimer);
    this.#isConfirmed = false;
    this.#output.reroute(route);
  }

  #greeting(used: number) {
    const generation = this.#generations.connected(used);
    return {
      type: 'session.ready',
      sessionId: this.#id,
      protocol: 2,
      worker: this.#workerId,
      resumeToken: this.#deps.resumeToken(generation),
      resumeWithinMs: this.#deps.config.RESUME_GRACE_MS,
    } as const;
  }

  /** The frames a dead worker had heard were heard again. */
  #onRepeated(): void {
    this.#repetition = undefined;
    const live = this.#live;
    if (live === undefined) return;
    live.listener.isRepeated = false;
    if (!live.speaker.isOwing) return;
    this.#oweTimer = setTimeout(() => {
      if (!live.speaker.isOwing) return;
      live.listener.knowsWords();
      live.speaker.apply('userTurnEnded');
    }, oweLimitMs);
  }

  /** Frames that came over the connection which handed out that token. One that was replaced unheard brought none. */
  #receivedOver(generation: number): number {
    if (generation === this.#generations.newest) return this.#received;
    return generation === this.#receivedBefore.generation ? this.#receivedBefore.frames : 0;
  }

  #take(payload: Buffer, isBinary: boolean, number: number): void {
    const { frames } = this.#record;
    if (this.#isOver) return;
    this.#received = Math.max(this.#received, number);
    if (frames.isDone(number)) return;
    this.#evidence?.recording?.clientFrame(payload, isBinary, number);
    frames.frame(number, monotonicMs());
    if (!this.#isConfirmed) {
      this.#isConfirmed = true;
      this.#generations.confirmed();
      this.#isDirty = true;
    }
    if (isBinary && this.#start !== undefined && this.#start.audio !== 'binary') {
      this.#output.error('BINARY_NOT_ASKED');
      return;
    }
    const frame: ClientFrame = isBinary ? readBinaryFrame(payload) : readTextFrame(payload);
    if (frame.kind === 'audio') {
      this.#evidence?.recording?.callerAudio(frame.pcm, number);
      this.#onAudio(frame.base64, frame.pcm);
      return;
    }
    if (this.#repetition === undefined && !this.#rate.allows(monotonicMs())) this.fail('TOO_MANY_MESSAGES');
    else if (frame.kind === 'error') this.#output.error(frame.id, frame.detail);
    else {
      this.#onMessage(frame.message);
      if (frame.message.type !== 'ack') this.#isDirty = true;
      if (frame.message.type === 'audio.commit' && this.#live?.listener.isCommitting) return;
    }
    frames.done();
  }

  #onAudio(base64: string, pcm: Buffer): void {
    if (this.#start === undefined) this.#output.error('NOT_STARTED');
    else if (pcm.length > 0) this.#live?.listener.onAudio(base64, pcm);
  }

  #onMessage(message: Exclude<ClientMessage, { type: 'audio.chunk' }>): void {
    if (message.type === 'session.start') {
      void this.#onStart(message);
      return;
    }
    if (message.type === 'session.end') {
      this.#output.close(1000, 'the caller ended the call');
      this.end('caller');
      return;
    }
    if (this.#start === undefined) {
      this.#output.error('NOT_STARTED');
      return;
    }
    if (message.type === 'session.set_mode') {
      this.#setMode(message.voiceMode);
      return;
    }
    if (message.type === 'ack') this.#output.acknowledged(message.seq);
    if (this.#live === undefined) {
      // The voice service is still being connected to: there is nothing to hear or stop yet.
      if (message.type === 'text.input') this.#output.error('NOT_STARTED');
      return;
    }
    dealWith(message, this.#live, this.#output);
  }

  #setMode(mode: VoiceMode): void {
    this.#mode = mode;
    this.#live?.listener.setMode(mode);
    this.#live?.conversation.setVoiceMode(mode);
    this.#output.message({ type: 'session.mode_changed', voiceMode: mode });
  }

  async #onStart(start: SessionStart): Promise<void> {
    if (this.#start !== undefined) {
      if (this.#live !== undefined) this.#announceReady(this.#live);
      return;
    }
    const { agents, evidence } = this.#deps;
    const agent = agents.get(start.agent ?? defaultAgentName);
    if (agent === undefined) {
      this.#output.error('UNKNOWN_AGENT', start.agent);
      return;
    }
    if (evidence.isFull()) {
      this.fail('EVIDENCE_FULL');
      return;
    }
    this.#start = start;
    clearTimeout(this.#startTimer);
    this.#output.encoding = start.audio ?? 'json';
    this.#mode = start.voiceMode ?? agent.voiceMode;
    this.#changed();
    const told = this.#tellEvidence(agent, start);
    told.started({ worker: this.#workerId, version, voiceMode: this.#mode });
    if (this.#waiting === undefined) await this.#goLive(agent, told);
    else this.#waiting.started(agent, told);
  }

  /** @param soundEndsMs the caller has waited, and will then have heard what they were told meanwhile */
  async #goLive(agent: CallAgent, told: CallEvidence, soundEndsMs?: number): Promise<void> {
    const startedAt = monotonicMs();
    // Who has waited is not sent away by the first refusal.
    const tries = soundEndsMs === undefined ? 1 : restoreTries;
    const [live, previousSessions] = await Promise.all([this.#connect(agent, told, tries), this.#visit()]);
    if (live === undefined) return;
    this.#previousSessions = previousSessions;
    this.#live = live;
    connected(monotonicMs() - startedAt);
    if (this.#output.route === undefined) live.speaker.hold();
    if (soundEndsMs !== undefined && soundEndsMs > startedAt) live.speaker.onPlaybackEnds(soundEndsMs);
    this.#goReady(live);
  }

  #called(): Called | undefined {
    if (this.#start === undefined) return undefined;
    const { fingerprint, agent = defaultAgentName } = this.#start;
    return { session: this.#id, tenant: defaultTenant, fingerprint, agent };
  }

  /** How often the caller called before, if that is soon known. */
  async #visit(): Promise<number> {
    const called = this.#called();
    const { memory } = this.#deps;
    if (called === undefined || memory === undefined) return 0;
    return within(visitLimitMs, memory.previousSessions(called), 0);
  }

  /** What is known of the caller is told to the conversation when it comes; nobody waits for it. */
  #recall(): Promise<string | undefined> {
    const called = this.#called();
    return (called && this.#deps.memory?.recall(called)) ?? Promise.resolve(undefined);
  }

  #goReady(live: Live): void {
    live.speaker.apply('started');
    this.#announceReady(live);
    this.#changed();
  }

  #tellEvidence(agent: CallAgent, start: SessionStart, movedBecause?: MoveCause): CallEvidence {
    const { fingerprint } = start;
    const told = this.#deps.evidence.begin({ tenant: defaultTenant, fingerprint, agent: agent.name });
    this.#evidence = told;
    this.#output.onError = (id) => told.failed(id);
    const { recording } = told;
    if (recording === undefined) return told;
    recording.begun({
      start: { ...start },
      voiceMode: this.#mode,
      agent: agent.name,
      connection: this.#connection,
      ...(movedBecause !== undefined && { movedBecause }),
    });
    this.#output.onAudio = (pcm, lane, answer) => recording.agentAudio(pcm, lane, answer);
    return told;
  }

  /**
   * Connects the voice service; undefined when that failed or the caller has gone meanwhile.
   * @param tries a call that is being talked in is not given up at the first refusal
   */
  async #connect(agent: CallAgent, evidence: CallEvidence, tries = 1): Promise<Live | undefined> {
    const { config, log, connect, onProvider, output, phrases, ticker } = this.#deps;
    const mode = this.#mode;
    const recalled = this.#recall();
    try {
      const live = await goLive({
        agent,
        config,
        log,
        connect,
        evidence,
        phrases,
        ticker,
        output,
        record: this.#record,
        mode,
        onError: (id, detail) => {
          log.warn({ code: id, err: detail }, 'the voice service reports an error');
          if (id !== 'PROVIDER_ERROR') onProvider(id);
          output.error(id);
        },
        onClosed: (id, detail) => {
          log.warn({ code: id, err: detail }, 'the conversation with the voice service ended');
          onProvider(id);
          this.#onProviderLost(id);
        },
      });
      onProvider('ok');
      if (this.#isOver) {
        live.conversation.close();
        return undefined;
      }
      this.#renewal.begin();
      if (this.#mode !== mode) {
        live.listener.setMode(this.#mode);
        live.conversation.setVoiceMode(this.#mode);
      }
      void recalled.then((note) => {
        if (note !== undefined && !this.#isOver) live.conversation.addNote(note);
      });
      return live;
    } catch (error) {
      const id = error instanceof VjjError ? error.id : 'INTERNAL';
      if (tries > 1 && !this.#isOver && errorSpec(id).retry) {
        log.warn(
          { code: id, err: (error as Error).message },
          'no voice service for a call that is not to be lost; again',
        );
        await new Promise((resolve) => setTimeout(resolve, restoreRetryMs * (0.5 + Math.random())));
        return this.#connect(agent, evidence, tries - 1);
      }
      log.error({ code: id, err: (error as Error).message }, 'could not connect to the voice service');
      onProvider(id);
      this.fail(id);
      return undefined;
    }
  }

  /** The voice service is gone, and the caller is not: the call goes on over another connection. */
  #onProviderLost(id: ErrorId): void {
    const live = this.#live;
    if (live === undefined || !this.#isReady || !errorSpec(id).retry) this.fail(id);
    // While frames wait, a connection is being made already, and what comes of it is told there.
    else if (this.#repetition === undefined && this.#isQuiet) void this.#renew();
    else this.#deps.onAdrift();
  }

  /** Nobody speaks, and nothing that was said waits for its words or its answer. */
  get #isQuiet(): boolean {
    return this.#live?.speaker.state === 'LISTENING' && this.#record.frames.isQuiet;
  }

  /** Goes on over another connection to the voice service; what the caller says meanwhile waits. */
  async #renew(triesLeft = restoreTries): Promise<void> {
    const { log, onProvider } = this.#deps;
    const live = this.#live;
    if (live === undefined || this.#isOver) return;
    if (this.#repetition === undefined) this.awaitRestore();
    try {
      await live.renew(this.#mode);
      log.info('the call has another connection to the voice service');
      onProvider('ok');
      this.#renewal.begin();
      if (this.#isOver) live.conversation.close();
      else this.#repetition?.run(0);
    } catch (error) {
      const id = error instanceof VjjError ? error.id : 'INTERNAL';
      log.warn({ code: id, err: (error as Error).message }, 'no other connection to the voice service yet');
      onProvider(id);
      if (triesLeft <= 1 || !errorSpec(id).retry) this.fail(id);
      else {
        const pauseMs = restoreRetryMs * 2 ** (restoreTries - triesLeft) * (0.5 + Math.random());
        setTimeout(() => void this.#renew(triesLeft - 1), pauseMs).unref();
      }
    }
  }

  #limitDuration(): void {
    const longestMs = this.#deps.config.MAX_SESSION_DURATION_MINUTES * 60_000;
    if (longestMs === 0) return;
    this.#lastTimer = setTimeout(
      () => {
        this.#live?.speaker.sayGoodbye(() => this.fail('CALL_TOO_LONG'));
        // A goodbye that is never heard to its end ends the call too.
        this.#lastTimer = setTimeout(() => this.fail('CALL_TOO_LONG'), goodbyeLimitMs);
      },
      Math.max(0, this.#startedAt + longestMs - Date.now()),
    );
  }

  #announceReady({ conversation }: Live): void {
    if (!this.#isReady) this.#limitDuration();
    this.#isReady = true;
    this.#output.message({
      type: 'provider.ready',
      isReturningUser: this.#previousSessions > 0,
      previousSessionCount: this.#previousSessions,
      voiceMode: this.#mode,
      simulated: conversation.isSimulated,
    });
  }
}

function within<T>(limitMs: number, work: Promise<T>, otherwise: T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(resolve, limitMs, otherwise);
  void work.then(resolve).finally(() => clearTimeout(timer));
  return promise;
}
