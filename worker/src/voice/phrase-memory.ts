import { gainTo, withGain } from './loudness.ts';
import type { LoudnessReference } from './loudness-reference.ts';

/** A line and who speaks it. */
export interface Phrase {
  voice: string;
  text: string;
}

interface Entry {
  raw: Buffer;
  /** `raw` at the loudness `target`; what is played. */
  levelled: Buffer;
  target: number;
}

/** The spoken lines this process has at hand, each as loud as the answers of its voice. */
export class PhraseMemory {
  readonly #entries = new Map<string, Entry>();
  readonly #loudness: LoudnessReference;
  readonly #mostBytes: number;
  #bytes = 0;

  /** @param mostBytes bound of the audio as it was made; as much again may be held at another loudness */
  constructor(loudness: LoudnessReference, mostBytes = 64 * 1024 * 1024) {
    this.#loudness = loudness;
    this.#mostBytes = mostBytes;
  }

  has(phrase: Phrase): boolean {
    return this.#entries.has(phraseKey(phrase));
  }

  /** The audio, shared by everybody: never written to. Its loudness is set anew when the answers have changed theirs. */
  get(phrase: Phrase): Buffer | undefined {
    const entry = this.#entries.get(phraseKey(phrase));
    if (entry === undefined) return undefined;
    const target = this.#loudness.targetRms(phrase.voice);
    if (target !== entry.target) {
      entry.target = target;
      entry.levelled = withGain(entry.raw, gainTo(target, entry.raw));
    }
    return entry.levelled;
  }

  /** False: there is no room left. */
  keep(phrase: Phrase, raw: Buffer): boolean {
    const key = phraseKey(phrase);
    if (this.#entries.has(key)) return true;
    if (this.#bytes + raw.length > this.#mostBytes) return false;
    const target = this.#loudness.targetRms(phrase.voice);
    this.#entries.set(key, { raw, levelled: withGain(raw, gainTo(target, raw)), target });
    this.#bytes += raw.length;
    return true;
  }

  /** Forgets all lines but these. */
  retain(keys: ReadonlyMap<string, unknown>): void {
    for (const [key, { raw }] of this.#entries) {
      if (keys.has(key)) continue;
      this.#entries.delete(key);
      this.#bytes -= raw.length;
    }
  }
}

export function phraseKey({ voice, text }: Phrase): string {
  return `${voice}\0${text}`;
}
