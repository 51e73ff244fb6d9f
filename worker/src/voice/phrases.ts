import { VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { gauge } from '@vjj/shared/metrics.ts';
import { gainTo, withGain } from './loudness.ts';
import type { LoudnessReference } from './loudness-reference.ts';
import type { PhraseCache } from './phrase-cache.ts';
import { type Phrase, PhraseMemory, phraseKey } from './phrase-memory.ts';
import type { RetryPolicy } from './retry-delay.ts';
import { isServiceWide, SpeechHealth, type SpeechOutage } from './speech-health.ts';
import type { SpeechService } from './speech-service.ts';
import { phraseHash } from './stored-phrase.ts';

/** How soon to look again for a line that another process is having spoken. */
const elsewhereMs = 250;
/** A claim outlives the longest synthesis by this much. */
const claimMarginMs = 1000;

const missing = gauge('vjj_phrases_missing', 'ready-made lines that cannot be played yet');

export interface PhrasesStatus {
  /** `off`: nothing can be played because of the outage. */
  laneA: 'on' | 'off' | 'disabled';
  /** Lines that can be played, of those that are wanted. */
  ready: number;
  wanted: number;
  /** Given while the voice service does not speak our lines; what is ready is played all the same. */
  outage?: SpeechOutage;
}

export interface PhrasesOptions {
  isLaneAEnabled: boolean;
  speech: SpeechService;
  cache: PhraseCache;
  loudness: LoudnessReference;
  log: Logger;
  retry?: RetryPolicy;
  random?: () => number;
}

/**
 * The ready-made lines of a process: had spoken once, ahead of need, and then played from memory. While the voice
 * service refuses, what is missing stays unsaid (nothing ever stands in for it) and is asked for again by itself.
 */
export class Phrases {
  readonly #options: PhrasesOptions;
  readonly #memory: PhraseMemory;
  readonly #health: SpeechHealth;
  readonly #speaking = new Map<string, Promise<Buffer>>();
  #wanted: ReadonlyMap<string, Phrase> = new Map();
  /** The line that failed last, tried again when none is missing. */
  #probe: Phrase | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isStale = false;
  #isClosed = false;

  constructor(options: PhrasesOptions) {
    this.#options = options;
    this.#memory = new PhraseMemory(options.loudness);
    this.#health = new SpeechHealth(options);
  }

  /**
   * Takes the whole list of what this process should be able to play, the most urgent first, in place of the last
   * one, and gets it ready in the background. A new list is tried at once, outage or not.
   */
  prepare(wanted: Iterable<Phrase>): void {
    this.#wanted = new Map(Array.from(wanted, (phrase) => [phraseKey(phrase), phrase]));
    this.#memory.retain(this.#wanted);
    missing.set(this.#missing().length);
    void this.#run();
  }

  /** A line's audio, PCM16, if it is at hand: at once, shared by all calls, never to be written to. */
  get(voice: string, text: string): Buffer | undefined {
    return this.#memory.get({ voice, text });
  }

  /**
   * A line that was not known before; it is kept nowhere. While the service as a whole is known to refuse, this
   * fails at once.
   * @throws {VjjError} as `SpeechService.synthesise`, and within its time limit
   */
  async speak(voice: string, text: string): Promise<Buffer> {
    const known = this.get(voice, text);
    if (known !== undefined) return known;
    this.#health.throwIfDown();
    try {
      const raw = await this.#synthesise({ voice, text });
      return withGain(raw, gainTo(this.#options.loudness.targetRms(voice), raw));
    } catch (error) {
      const failure = asVjjError(error);
      if (isServiceWide(failure.id) && !this.#health.isServiceDown && !this.#isRunning) {
        this.#probe = { voice, text };
        this.#tell(failure, voice);
        this.#runIn(this.#health.failed(failure));
      }
      throw failure;
    }
  }

  status(): PhrasesStatus {
    const { outage } = this.#health;
    const ready = this.#wanted.size - this.#missing().length;
    const isOff = outage !== undefined && ready === 0;
    return {
      laneA: this.#options.isLaneAEnabled ? (isOff ? 'off' : 'on') : 'disabled',
      ready,
      wanted: this.#wanted.size,
      ...(outage === undefined ? {} : { outage }),
    };
  }

  /** Asks for nothing more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #missing(): Phrase[] {
    return [...this.#wanted.values()].filter((phrase) => !this.#memory.has(phrase));
  }

  /** One round at a time; what is wanted may change meanwhile. */
  async #run(): Promise<void> {
    this.#isStale = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    clearTimeout(this.#timer);
    let result: { failure?: VjjError; isElsewhere: boolean };
    do {
      this.#isStale = false;
      result = await this.#round();
    } while (this.#isStale && !this.#isClosed);
    this.#isRunning = false;
    missing.set(this.#missing().length);
    if (this.#isClosed) return;
    if (result.failure !== undefined) this.#runIn(this.#health.failed(result.failure));
    else if (result.isElsewhere) this.#runIn(elsewhereMs);
    else this.#health.succeeded();
  }

  async #round(): Promise<{ failure?: VjjError; isElsewhere: boolean }> {
    // What is kept needs no voice service, so all of it comes first.
    for (const phrase of this.#missing()) {
      const raw = await this.#options.cache.find(this.#hashOf(phrase));
      if (raw !== undefined && !this.#remember(phrase, raw)) break;
    }
    const unspeakable = new Set<string>();
    let failure: VjjError | undefined;
    let isElsewhere = false;
    for (const phrase of this.#toSpeak()) {
      if (this.#isStale || this.#isClosed) break;
      if (unspeakable.has(phrase.voice)) continue;
      try {
        if (!(await this.#obtain(phrase))) isElsewhere = true;
      } catch (error) {
        failure = asVjjError(error);
        this.#probe = phrase;
        this.#tell(failure, phrase.voice);
        if (failure.id === 'UNKNOWN_VOICE') unspeakable.add(phrase.voice);
        if (isServiceWide(failure.id)) break;
      }
    }
    return failure === undefined ? { isElsewhere } : { failure, isElsewhere };
  }

  #toSpeak(): Phrase[] {
    const missingOnes = this.#missing();
    const isProbeNeeded = missingOnes.length === 0 && this.#health.isServiceDown && this.#probe !== undefined;
    return isProbeNeeded ? [this.#probe!] : missingOnes;
  }

  /** False: another process is at it. */
  async #obtain(phrase: Phrase): Promise<boolean> {
    if (!this.#wanted.has(phraseKey(phrase))) {
      await this.#synthesise(phrase);
      return true;
    }
    const { cache, speech } = this.#options;
    const hash = this.#hashOf(phrase);
    if (!(await cache.claim(hash, speech.timeoutMs + claimMarginMs))) return false;
    try {
      let raw = await cache.find(hash);
      if (raw === undefined) {
        raw = await this.#synthesise(phrase);
        await cache.keep(hash, raw);
      }
      if (!this.#remember(phrase, raw)) {
        throw new VjjError('BAD_SPEECH', 'the lines of all agents do not fit into memory; shorten them');
      }
    } finally {
      await cache.unclaim(hash);
    }
    return true;
  }

  /** Asks the service; two who want the same line at the same time share one request. */
  #synthesise(phrase: Phrase): Promise<Buffer> {
    const key = phraseKey(phrase);
    let audio = this.#speaking.get(key);
    if (audio === undefined) {
      audio = this.#options.speech
        .synthesise(phrase.voice, phrase.text)
        .finally(() => this.#speaking.delete(key));
      this.#speaking.set(key, audio);
    }
    return audio;
  }

  /** False: there is no room. What is no longer wanted is let go. */
  #remember(phrase: Phrase, raw: Buffer): boolean {
    return !this.#wanted.has(phraseKey(phrase)) || this.#memory.keep(phrase, raw);
  }

  #hashOf({ voice, text }: Phrase): string {
    return phraseHash(this.#options.speech, voice, text);
  }

  #tell(failure: VjjError, voice: string): void {
    this.#health.tell(failure, voice, { missing: this.#missing().length, wanted: this.#wanted.size });
  }

  #runIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#run(), ms).unref();
  }
}

function asVjjError(error: unknown): VjjError {
  return error instanceof VjjError ? error : new VjjError('INTERNAL', (error as Error).message);
}
