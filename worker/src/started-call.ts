import { monotonicMs } from '@vjj/shared/clock.ts';
import { type ErrorId, errorSpec } from '@vjj/shared/errors.ts';
import type { MoveCause } from '@vjj/shared/link/open-request.ts';
import { version } from '@vjj/shared/process/version.ts';
import type { SessionStart, VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { CallAgent } from './call-agent.ts';
import { defaultTenant } from './call-agents.ts';
import { connected } from './call-metrics.ts';
import type { CallerAudio } from './client-frame.ts';
import { DurationLimit } from './duration-limit.ts';
import type { CallEvidence } from './evidence/call-evidence.ts';
import type { CallRecord } from './journal/call-record.ts';
import type { Cut } from './journal/cut-off.ts';
import type { JournalEntry } from './journal/journal-entry.ts';
import type { Live } from './live.ts';
import { dealWith, type LiveMessage } from './live-message.ts';
import type { Visitor } from './memory/visitor.ts';
import { ServiceLine } from './service-line.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { speakOn } from './speak-on.ts';

/** An answer is owed to words that were to be repeated; if they do not come, it is given without them. */
const oweLimitMs = 2000;

export interface CallStart {
  workerId: string;
  connection: string;
  start: SessionStart;
  agent: CallAgent;
  mode: VoiceMode;
  record: CallRecord;
  visitor: Visitor;
  /** Another worker had it. */
  movedBecause?: MoveCause;
}

/** What a started call asks of its session. */
export interface CallSession {
  /** When it got its place, of the wall clock. */
  startedAt: () => number;
  isOver: () => boolean;
  /** Frames of the caller wait, and it is known what for. */
  isHolding: () => boolean;
  hold: () => void;
  goOn: () => void;
  changed: () => void;
  fail: (id: ErrorId) => void;
}

/** A session from `session.start` on: an agent, its connection to the voice service, and what listens and speaks. */
export class StartedCall {
  readonly #options: CallStart;
  readonly #deps: SessionDependencies;
  readonly #session: CallSession;
  readonly #service: ServiceLine;
  readonly #duration: DurationLimit;
  readonly evidence: CallEvidence;
  #mode: VoiceMode;
  #previousSessions = 0;
  #isReady = false;
  #isRenewing = false;
  #live: Live | undefined;
  #oweTimer: NodeJS.Timeout | undefined;

  constructor(options: CallStart, deps: SessionDependencies, session: CallSession) {
    this.#options = options;
    this.#deps = deps;
    this.#session = session;
    this.#mode = options.mode;
    this.evidence = this.#tellEvidence();
    const { record, visitor } = options;
    this.#service = new ServiceLine(
      { ...deps, record, evidence: this.evidence },
      {
        mode: () => this.#mode,
        isOver: session.isOver,
        isReplaceable: (isOverdue) => !session.isHolding() && (isOverdue ? this.isQuiet : this.#isSilent),
        onDue: () => void this.#renew(),
        recall: () => visitor.recall(),
        onProvider: deps.onProvider,
        onFailed: session.fail,
        onLost: (id) => this.#onServiceLost(id),
      },
    );
    this.#duration = new DurationLimit(deps.config.MAX_SESSION_DURATION_MINUTES * 60_000, {
      sayGoodbye: (onSaid) => this.#live?.speaker.sayGoodbye(onSaid),
      end: () => session.fail('CALL_TOO_LONG'),
    });
  }

  get agentName(): string {
    return this.#options.agent.name;
  }

  get live(): Live | undefined {
    return this.#live;
  }

  /** Nobody speaks, and nothing that was said waits for its words or its answer. */
  get isQuiet(): boolean {
    return this.#live?.speaker.state === 'LISTENING' && this.#options.record.frames.isQuiet;
  }

  /** The same, and nobody may have begun to speak whom the voice service has not noticed yet. */
  get #isSilent(): boolean {
    return this.isQuiet && !this.#options.record.frames.wasLoud(monotonicMs());
  }

  /** For the journal. */
  get state(): Pick<JournalEntry, 'start' | 'mode' | 'isReady' | 'speaker' | 'evidence'> {
    const { type: _, voiceMode: __, ...start } = this.#options.start;
    return {
      start,
      mode: this.#mode,
      isReady: this.#isReady,
      speaker: this.#live?.speaker.progress() ?? { state: 'IDLE' as const, answer: 0, isAnnounced: false },
      evidence: this.evidence.position,
    };
  }

  /** Puts on record that it begins here. */
  begun(): void {
    this.evidence.started({ worker: this.#options.workerId, version, voiceMode: this.#mode });
  }

  /** @param soundEndsMs the caller has waited, and will then have heard what they were told meanwhile */
  async goLive(agent: CallAgent, soundEndsMs?: number): Promise<void> {
    const startedAt = monotonicMs();
    // Who has waited is not sent away by the first refusal.
    const live = await this.#connect(agent, soundEndsMs !== undefined);
    if (live === undefined) return;
    connected(monotonicMs() - startedAt);
    if (soundEndsMs !== undefined && soundEndsMs > startedAt) live.speaker.onPlaybackEnds(soundEndsMs);
    this.#goReady(live);
  }

  /**
   * Goes on where another worker was.
   * @param cut of the answer it was giving
   * @param announce tells the caller, before anything else
   * @returns false: the call is over
   */
  async goOn(
    agent: CallAgent,
    entry: JournalEntry,
    cut: Cut | undefined,
    announce: () => void,
  ): Promise<boolean> {
    const live = await this.#connect(agent, true, announce);
    if (live === undefined) return false;
    this.#isReady = entry.isReady;
    if (!entry.isReady) this.#goReady(live);
    else {
      speakOn(live, entry, cut);
      this.#duration.begin(this.#session.startedAt());
    }
    return true;
  }

  /** The frames a dead worker had heard were heard again. */
  onRepeated(): void {
    const live = this.#live;
    if (live === undefined) return;
    live.listener.isRepeated = false;
    if (!live.speaker.isOwing) return;
    this.#oweTimer = setTimeout(() => {
      // Otherwise their turn has come, and waits until its words were judged.
      if (!live.speaker.isOwing || live.speaker.state !== 'LISTENING') return;
      live.listener.knowsWords();
      live.speaker.apply('userTurnEnded');
    }, oweLimitMs);
  }

  onAudio(audio: CallerAudio): void {
    if (audio.pcm.length > 0) this.#live?.listener.onAudio(audio);
  }

  onMessage(message: LiveMessage): void {
    // Otherwise the voice service is still being connected to: there is nothing to hear or stop yet.
    if (this.#live !== undefined) dealWith(message, this.#live, this.#deps.output);
    else if (message.type === 'text.input') this.#deps.output.error('NOT_STARTED');
  }

  setMode(mode: VoiceMode): void {
    this.#mode = mode;
    this.#live?.listener.setMode(mode);
    this.#live?.conversation.setVoiceMode(mode);
    this.#deps.output.message({ type: 'session.mode_changed', voiceMode: mode });
  }

  /** The client asks to start what is started. */
  startAgain(): void {
    if (this.#live !== undefined) this.#announceReady(this.#live);
  }

  /** @param reason for the evidence */
  end(reason: string): void {
    clearTimeout(this.#oweTimer);
    this.#duration.stop();
    this.#service.end();
    this.#live?.speaker.end();
    this.#live?.listener.close();
    this.#live?.conversation.close();
    this.evidence.ended(reason);
  }

  /** @param onConnected done before anything is heard or said */
  async #connect(agent: CallAgent, isPatient: boolean, onConnected?: () => void): Promise<Live | undefined> {
    const connecting = this.#service.connect(agent, isPatient);
    const [live, previousSessions] = await Promise.all([
      connecting,
      this.#options.visitor.previousSessions(),
    ]);
    if (live === undefined) return undefined;
    // The caller may have hung up between the two; `end` knew of no conversation then.
    if (this.#session.isOver()) {
      live.conversation.close();
      return undefined;
    }
    this.#previousSessions = previousSessions;
    onConnected?.();
    this.#live = live;
    live.listener.isRepeated = this.#session.isHolding();
    if (this.#deps.output.route === undefined) live.speaker.hold();
    return live;
  }

  #goReady(live: Live): void {
    live.speaker.apply('started');
    this.#announceReady(live);
    this.#session.changed();
  }

  #announceReady({ conversation }: Live): void {
    if (!this.#isReady) this.#duration.begin(this.#session.startedAt());
    this.#isReady = true;
    this.#deps.output.message({
      type: 'provider.ready',
      isReturningUser: this.#previousSessions > 0,
      previousSessionCount: this.#previousSessions,
      voiceMode: this.#mode,
      simulated: conversation.isSimulated,
    });
  }

  /** The voice service is gone, and the caller is not: the call goes on over another connection. */
  #onServiceLost(id: ErrorId): void {
    // What comes of the connection that is being made is told there.
    if (this.#isRenewing) return;
    const { fail, isHolding } = this.#session;
    if (this.#live === undefined || !this.#isReady || !errorSpec(id).retry) fail(id);
    else if (!isHolding() && this.#isSilent) void this.#renew();
    else this.#deps.onAdrift();
  }

  /** Goes on over another connection to the voice service; what the caller says meanwhile waits. */
  async #renew(): Promise<void> {
    if (this.#live === undefined) return;
    this.#session.hold();
    this.#isRenewing = true;
    const isRenewed = await this.#service.renew(this.#live);
    this.#isRenewing = false;
    if (isRenewed) this.#session.goOn();
  }

  #tellEvidence(): CallEvidence {
    const { agent, connection, mode, movedBecause, start } = this.#options;
    const { evidence, output } = this.#deps;
    const { fingerprint } = start;
    const told = evidence.begin({ tenant: defaultTenant, fingerprint, agent: agent.name });
    output.onError = (id) => told.failed(id);
    const { recording } = told;
    if (recording === undefined) return told;
    recording.begun({
      start: { ...start },
      voiceMode: mode,
      agent: agent.name,
      connection,
      ...(movedBecause !== undefined && { movedBecause }),
    });
    output.onAudio = (pcm, lane, answer) => recording.agentAudio(pcm, lane, answer);
    return told;
  }
}
