import { type ErrorId, VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter, gauge } from '@vjj/shared/metrics.ts';
import { gainTo, withGain } from './loudness.ts';
import type { LoudnessReference } from './loudness-reference.ts';
import type { PhraseCache } from './phrase-cache.ts';
import { type Phrase, PhraseMemory, phraseKey } from './phrase-memory.ts';
import { type RetryPolicy, retryDelayMs } from './retry-delay.ts';
import type { SpeechService } from './speech-service.ts';
import { phraseHash } from './stored-phrase.ts';

/** A refusal is asked about again after a second at first, every five minutes at last. */
const defaultRetry: RetryPolicy = { firstMs: 1000, slowestMs: 300_000 };
/** How soon to look again for a line that another process is having spoken. */
const elsewhereMs = 250;
/** A claim outlives the longest synthesis by this much. */
const claimMarginMs = 1000;

const missing = gauge('vjj_phrases_missing', 'ready-made lines that cannot be played yet');
const failures = counter('vjj_speech_failures_total', 'lines the voice service did not speak', ['code']);

/** Failures of the service as a whole; the others concern one voice or one line. */
const serviceWide: ReadonlySet<ErrorId> = new Set<ErrorId>([
  'PROVIDER_AUTH',
  'PROVIDER_BUSY',
  'PROVIDER_TIMEOUT',
  'PROVIDER_UNREACHABLE',
]);

export interface SpeechOutage {
  id: ErrorId;
  /** What the operator should check. */
  check: string;
  /** Unix ms. */
  since: number;
  /** Unix ms. */
  nextTryAt: number;
}

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

interface Outage extends SpeechOutage {
  failures: number;
  isServiceWide: boolean;
}

/**
 * The ready-made lines of a process: had spoken once, ahead of need, and then played from memory. While the voice
 * service refuses, what is missing stays unsaid (nothing ever stands in for it) and is asked for again by itself.
 */
export class Phrases {
  readonly #options: PhrasesOptions;
  readonly #memory: PhraseMemory;
  readonly #speaking = new Map<string, Promise<Buffer>>();
  /** What was logged of this outage. */
  readonly #told = new Set<string>();
  #wanted: ReadonlyMap<string, Phrase> = new Map();
  #outage: Outage | undefined;
  /** The line that failed last, tried again when none is missing. */
  #probe: Phrase | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isStale = false;
  #isClosed = false;

  constructor(options: PhrasesOptions) {
    this.#options = options;
    this.#memory = new PhraseMemory(options.loudness);
  }

  /**
   * Says all that this process should be able to play, the most urgent first; replaces what was said before. Works
   * in the background.
   */
  prepare(wanted: Iterable<Phrase>): void {
    this.#wanted = new Map(Array.from(wanted, (phrase) => [phraseKey(phrase), phrase]));
    this.#memory.retain(this.#wanted);
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
    const outage = this.#outage;
    if (outage?.isServiceWide && Date.now() < outage.nextTryAt) throw new VjjError(outage.id, outage.check);
    try {
      const raw = await this.#synthesise({ voice, text });
      return withGain(raw, gainTo(this.#options.loudness.targetRms(voice), raw));
    } catch (error) {
      const failure = asVjjError(error);
      if (serviceWide.has(failure.id) && !this.#outage?.isServiceWide && !this.#isRunning) {
        this.#probe = { voice, text };
        this.#tell(failure, voice);
        this.#onFailure(failure);
      }
      throw failure;
    }
  }

  get outage(): SpeechOutage | undefined {
    if (this.#outage === undefined) return undefined;
    const { id, check, since, nextTryAt } = this.#outage;
    return { id, check, since, nextTryAt };
  }

  status(): PhrasesStatus {
    const { outage } = this;
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
    if (result.failure !== undefined) this.#onFailure(result.failure);
    else if (result.isElsewhere) this.#runIn(elsewhereMs);
    else this.#onSuccess();
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
        if (serviceWide.has(failure.id)) break;
      }
    }
    return failure === undefined ? { isElsewhere } : { failure, isElsewhere };
  }

  #toSpeak(): Phrase[] {
    const missingOnes = this.#missing();
    const isProbeNeeded =
      missingOnes.length === 0 && this.#outage?.isServiceWide && this.#probe !== undefined;
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
    return phraseHash(this.#options.speech.model, voice, text);
  }

  #onFailure(failure: VjjError): void {
    const { retry = defaultRetry, random = Math.random } = this.#options;
    const count = (this.#outage?.failures ?? 0) + 1;
    const delayMs = retryDelayMs(count, retry, random());
    this.#outage = {
      id: failure.id,
      check: failure.detail ?? failure.message,
      since: this.#outage?.since ?? Date.now(),
      nextTryAt: Date.now() + delayMs,
      failures: count,
      isServiceWide: serviceWide.has(failure.id),
    };
    this.#runIn(delayMs);
  }

  #onSuccess(): void {
    if (this.#outage === undefined) return;
    this.#outage = undefined;
    this.#probe = undefined;
    this.#told.clear();
    this.#options.log.info({ lines: this.#wanted.size }, 'ready-made lines are spoken again');
  }

  /** Each thing that is wrong is said once, until all is well again. */
  #tell(failure: VjjError, voice: string): void {
    failures.inc({ code: failure.id });
    const what = failure.id === 'UNKNOWN_VOICE' ? `${failure.id} ${voice}` : failure.id;
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#options.log.warn(
      { code: failure.id, err: failure.detail, missing: this.#missing().length, wanted: this.#wanted.size },
      'ready-made lines cannot be spoken; the missing ones stay unsaid, calls go on, trying again by itself',
    );
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
