import { type ErrorId, VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import { type RetryPolicy, retryDelayMs } from './retry-delay.ts';

/** A refusal is asked about again after a second at first, every five minutes at last. */
const defaultRetry: RetryPolicy = { firstMs: 1000, slowestMs: 300_000 };

const failures = counter('vjj_speech_failures_total', 'lines the voice service did not speak', ['code']);

/** Failures of the service as a whole; the others concern one voice or one line. */
const serviceWide: ReadonlySet<ErrorId> = new Set<ErrorId>([
  'PROVIDER_AUTH',
  'PROVIDER_BUSY',
  'PROVIDER_TIMEOUT',
  'PROVIDER_UNREACHABLE',
]);

export function isServiceWide(id: ErrorId): boolean {
  return serviceWide.has(id);
}

export interface SpeechOutage {
  id: ErrorId;
  /** What the operator should check. */
  check: string;
  /** Unix ms. */
  since: number;
  /** Unix ms. */
  nextTryAt: number;
}

export interface SpeechHealthOptions {
  log: Logger;
  retry?: RetryPolicy | undefined;
  random?: (() => number) | undefined;
}

/** Whether the voice service speaks our lines, since when not and when it is asked again; what is logged of that. */
export class SpeechHealth {
  readonly #options: SpeechHealthOptions;
  /** What was logged of this outage. */
  readonly #told = new Set<string>();
  #outage: SpeechOutage | undefined;
  #failures = 0;

  constructor(options: SpeechHealthOptions) {
    this.#options = options;
  }

  get outage(): SpeechOutage | undefined {
    return this.#outage;
  }

  /** The service as a whole refuses, as far as known. */
  get isServiceDown(): boolean {
    return this.#outage !== undefined && isServiceWide(this.#outage.id);
  }

  /** @throws {VjjError} while the service as a whole is known to refuse: asking would only cost time */
  throwIfDown(): void {
    if (this.isServiceDown && Date.now() < this.#outage!.nextTryAt) {
      throw new VjjError(this.#outage!.id, this.#outage!.check);
    }
  }

  /** One line failed. Each thing that is wrong is logged once, until all is well again. */
  tell(failure: VjjError, voice: string, lines: { missing: number; wanted: number }): void {
    failures.inc({ code: failure.id });
    const what = failure.id === 'UNKNOWN_VOICE' ? `${failure.id} ${voice}` : failure.id;
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#options.log.warn(
      { code: failure.id, err: failure.detail, ...lines },
      'ready-made lines cannot be spoken; the missing ones stay unsaid, calls go on, trying again by itself',
    );
  }

  /** A round has failed.  @returns after how many ms to try again */
  failed(failure: VjjError): number {
    const { retry = defaultRetry, random = Math.random } = this.#options;
    const delayMs = retryDelayMs(++this.#failures, retry, random());
    this.#outage = {
      id: failure.id,
      check: failure.detail ?? failure.message,
      since: this.#outage?.since ?? Date.now(),
      nextTryAt: Date.now() + delayMs,
    };
    return delayMs;
  }

  /** A round went well. */
  succeeded(): void {
    if (this.#outage === undefined) return;
    this.#outage = undefined;
    this.#failures = 0;
    this.#told.clear();
    this.#options.log.info('ready-made lines are spoken again');
  }
}
