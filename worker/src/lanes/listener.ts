import { monotonicMs, type Ticker } from '@vjj/shared/clock.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { CallerAudio } from '../client-frame.ts';
import { Microphone } from '../microphone.ts';
import type { Conversation, ConversationEvents } from '../provider/provider.ts';
import { isAnswering } from './arbitrator.ts';
import { Backchannel } from './backchannel.ts';
import { InputPolicy, type InputPolicyOptions } from './input-policy.ts';

export interface ListenerOptions extends InputPolicyOptions {
  ticker: Ticker;
  mode: VoiceMode;
}

/** The agent's ear in one call: the microphone, and when the caller speaks, has spoken, or interrupts. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #microphone: Microphone;
  readonly #policy: InputPolicy;
  #conversation: Conversation | undefined;
  /** The caller speaks while the agent does. */
  #backchannel: Backchannel | undefined;
  /** The utterance that is being taken was "uh-huh". */
  #isBackchannel = false;

  /** What the voice service tells of the caller. */
  readonly events: Pick<
    ConversationEvents,
    'onSpeechStarted' | 'onSpeechStopped' | 'onUtterance' | 'onUserTranscript' | 'onUserTranscriptFailed'
  >;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { config, record, speaker, ticker } = options;
    this.#policy = new InputPolicy(options);
    this.#microphone = new Microphone(
      { cooldownMs: config.RESPONSE_COOLDOWN_MS, minRms: config.MIN_AUDIO_RMS, ticker },
      {
        append: (base64) => {
          // In open-mic silence is passed on too; there the detector says when somebody speaks.
          if (this.#microphone.mode === 'push-to-talk') record.hearing();
          this.#conversation?.appendAudio(base64);
        },
        clear: () => {
          record.forgotten();
          this.#conversation?.clearAudio();
        },
        commit: () => this.#onCommitted(),
        passed: (ms, isLoud) => this.#onPassed(ms, isLoud),
      },
    );
    this.#microphone.mode = options.mode;
    speaker.onPlaybackEnds = (atMs) => {
      // Headsets have no echo to wait for.
      if (!this.#isDuplex) this.#microphone.playbackEnds(atMs);
    };
    speaker.mayAnswer = () => this.#policy.mayAnswer();
    this.events = {
      onSpeechStarted: () => this.#onSpeechStarted(),
      onSpeechStopped: () => this.#onSpeechStopped(),
      onUtterance: (itemId) => this.#onUtterance(itemId),
      onUserTranscript: (...words) => this.#policy.onWords(...words),
      onUserTranscriptFailed: (...why) => this.#policy.onNoWords(...why),
    };
  }

  begin(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#policy.begin(conversation);
    // Of speech that only the connection before has heard nobody would tell the end.
    this.#microphone.speech(false);
    this.#options.record.forgotten();
  }

  /** What was said is about to be handed over; what comes meanwhile belongs to none. */
  get isCommitting(): boolean {
    return this.#microphone.isCommitting;
  }

  /** Frames are repeated that another worker has heard. */
  set isRepeated(isRepeated: boolean) {
    this.#microphone.isRepeated = isRepeated;
  }

  /** Another worker has judged the words that an answer is owed to. */
  knowsWords(): void {
    this.#policy.knowsWords();
  }

  onAudio(audio: CallerAudio): void {
    this.#microphone.hear(audio, this.#isListening(), monotonicMs());
  }

  /** The caller means to be heard at once. */
  open(): void {
    this.#forgetTurn();
    this.#microphone.open(monotonicMs());
  }

  stop(): void {
    this.#forgetTurn();
    this.#microphone.stop(monotonicMs());
  }

  forget(): void {
    this.#forgetTurn();
    this.#microphone.forget();
  }

  /** @returns false: there was too little to be understood */
  commit(): boolean {
    this.#options.speaker.turnEnded(monotonicMs());
    return this.#microphone.commitSoon();
  }

  setMode(mode: VoiceMode): void {
    this.#forgetBackchannel();
    this.#microphone.mode = mode;
    this.#microphone.forget();
    this.#microphone.speech(false);
  }

  onTyped(text: string): void {
    const { speaker } = this.#options;
    if (isAnswering(speaker.state)) speaker.apply('bargeIn');
    speaker.turnEnded(monotonicMs());
    this.#policy.onTyped(text);
  }

  close(): void {
    this.#policy.close();
    this.#microphone.close();
  }

  /** The microphone is open while the agent speaks. */
  get #isDuplex(): boolean {
    return this.#options.config.ECHO_GUARD === 'duplex' && this.#microphone.mode === 'open-mic';
  }

  #isListening(): boolean {
    const { state } = this.#options.speaker;
    return state === 'LISTENING' || (this.#isDuplex && isAnswering(state));
  }

  #onCommitted(): void {
    this.#policy.newUtterance();
    if (this.#microphone.mode === 'push-to-talk') this.#options.record.taken();
    this.#conversation?.commitAudio();
    // In open-mic the voice service says when it has taken an utterance, this one too.
    if (this.#microphone.mode !== 'push-to-talk') return;
    this.#options.evidence.turnEnded();
    this.#options.speaker.apply('userTurnEnded');
  }

  /** What is said from now on is judged anew: it is no "uh-huh", and no answer waits for words said before. */
  #forgetTurn(): void {
    this.#forgetBackchannel();
    this.#policy.newUtterance();
  }

  #forgetBackchannel(): void {
    this.#backchannel = undefined;
    this.#isBackchannel = false;
    this.#options.speaker.resume();
  }

  #onSpeechStarted(): void {
    // It was under way when the caller changed the mode: that forgot it, and nobody would tell of its end.
    if (this.#microphone.mode !== 'open-mic') return;
    const { output, speaker } = this.#options;
    this.#microphone.speech(true);
    this.#options.record.hearing();
    output.message({ type: 'speech.started' });
    this.#isBackchannel = false;
    if (!isAnswering(speaker.state)) return;
    speaker.pause();
    this.#backchannel = new Backchannel();
  }

  #onPassed(ms: number, isLoud: boolean): void {
    if (isLoud && this.#microphone.mode === 'open-mic') this.#options.record.loud();
    const known = this.#backchannel?.push(ms, isLoud);
    if (known === 'meant') {
      this.#options.speaker.apply('bargeIn');
      this.open();
    } else if (known === 'over') {
      // Not the end of it yet: until the utterance is taken, more of it may come and be meant.
      this.#isBackchannel = true;
      this.#options.speaker.resume();
    }
  }

  #onSpeechStopped(): void {
    // With the mode, the caller has ended it.
    if (this.#microphone.mode !== 'open-mic') return;
    this.#microphone.speech(false);
    this.#options.speaker.turnEnded(monotonicMs());
    this.#options.output.message({ type: 'speech.stopped' });
  }

  #onUtterance(itemId: string): void {
    if (this.#microphone.mode !== 'open-mic') {
      this.#options.record.named(itemId);
      return;
    }
    this.#microphone.taken();
    // Taken before it was clear what it was: too short to be meant, unless what was spoken over has ended meanwhile.
    const isShort = this.#isBackchannel || this.#backchannel !== undefined;
    this.#forgetBackchannel();
    if (isShort && isAnswering(this.#options.speaker.state)) {
      this.#options.record.forgotten();
      this.#conversation?.forgetUtterance();
      return;
    }
    this.#policy.newUtterance();
    this.#options.record.taken(itemId);
    this.#options.evidence.turnEnded();
    this.#options.speaker.apply('userTurnEnded');
  }
}
