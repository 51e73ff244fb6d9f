import type { Logger } from '@vjj/shared/log.ts';
import { gauge } from '@vjj/shared/metrics.ts';
import type { Spill } from './spill.ts';
import type { SpillFolder } from './spill-folder.ts';

/** From this part of the limit on somebody should look. */
const alarmPart = 0.7;
const periodMs = 2000;

const spilled = gauge(
  'vjj_evidence_spill_bytes',
  'evidence of all processes of this host that waits to be stored',
);
const isFullGauge = gauge(
  'vjj_evidence_full',
  '1 while no new calls are taken because evidence cannot be kept',
);

export interface SpillLevelOptions {
  folder: SpillFolder;
  spill: Spill;
  maxBytes: number;
  log: Logger;
  periodMs?: number;
}

/** How full the spill is: an alarm well before its limit, and no new calls at it. Evidence itself is never refused. */
export class SpillLevel {
  readonly #options: SpillLevelOptions;
  #bytes = 0;
  #isAlarming = false;
  #wasFull = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SpillLevelOptions) {
    this.#options = options;
  }

  /** Measures once, and from then on regularly. */
  async start(): Promise<void> {
    await this.#measure();
    this.#timer = setInterval(() => void this.#measure(), this.#options.periodMs ?? periodMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** No new call may begin: what it does could not be kept. */
  get isFull(): boolean {
    return this.#options.spill.isFailing || this.#bytes >= this.#options.maxBytes;
  }

  /** What an operator reads of it. */
  get status(): string {
    if (this.#options.spill.isFailing) return 'EVIDENCE_FULL (the disk takes nothing)';
    const percent = `${Math.round((100 * this.#bytes) / this.#options.maxBytes)} % of AUDIT_SPILL_MAX_BYTES`;
    if (this.isFull) return `EVIDENCE_FULL (${percent})`;
    return this.#isAlarming ? `filling (${percent})` : 'ok';
  }

  async #measure(): Promise<void> {
    const { folder, log, maxBytes } = this.#options;
    this.#bytes = await folder.totalBytes();
    spilled.set(this.#bytes);
    isFullGauge.set(this.isFull ? 1 : 0);
    const isAlarming = this.#bytes >= maxBytes * alarmPart;
    const isFull = this.#bytes >= maxBytes;
    const figures = { bytes: this.#bytes, maxBytes };
    if (isFull && !this.#wasFull)
      log.error({ code: 'EVIDENCE_FULL', ...figures }, 'the evidence spill is full; new calls are refused');
    else if (isAlarming && !this.#isAlarming)
      log.error(figures, 'the evidence spill fills up; check that the recorder runs and stores');
    else if (!isAlarming && this.#isAlarming) log.info(figures, 'the evidence spill empties again');
    this.#isAlarming = isAlarming;
    this.#wasFull = isFull;
  }
}
