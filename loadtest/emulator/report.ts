import type { TimedWord } from './speech/words.ts';

/** Responses remembered; the oldest are forgotten first. */
const MAX_RESPONSES = 5000;

/** What really happened in one response, as only the emulator knows it. Times are ms since 1970. */
export interface ResponseRecord {
  id: string;
  sessionId: string;
  itemId: string | null;
  /** The whole answer, said or not. */
  text: string;
  /** All that the caller had said by then, as the conversation had it. */
  callerSaid: string[];
  toolCall: { name: string; arguments: string } | null;
  status: string;
  createdAt: number;
  firstAudioAt: number | null;
  doneAt: number | null;
  cancelledAt: number | null;
  cancelReason: string | null;
  /** Audio of the whole answer so far synthesised, and what was sent of it, ms. */
  totalAudioMs: number;
  sentAudioMs: number;
  sentTranscript: string;
  truncations: { audioEndMs: number; at: number; heard: string }[];
  /** The words only: a record must not keep audio that the cache has let go. */
  sentences: { words: readonly TimedWord[]; offsetMs: number }[];
}

export type ReportedResponse = Omit<ResponseRecord, 'sentences'> & {
  /** Every word of the answer with its true place in the audio, sent or not. */
  words: TimedWord[];
  heardWhenTruncated: string | null;
};

/** Keeps the last responses of all sessions for `GET /emulator/report`. */
export class Report {
  readonly #records = new Map<string, ResponseRecord>();
  readonly #byItem = new Map<string, ResponseRecord>();

  open(id: string, sessionId: string): ResponseRecord {
    const record: ResponseRecord = {
      id,
      sessionId,
      itemId: null,
      text: '',
      callerSaid: [],
      toolCall: null,
      status: 'in_progress',
      createdAt: Date.now(),
      firstAudioAt: null,
      doneAt: null,
      cancelledAt: null,
      cancelReason: null,
      totalAudioMs: 0,
      sentAudioMs: 0,
      sentTranscript: '',
      truncations: [],
      sentences: [],
    };
    this.#records.set(id, record);
    for (const [oldest, old] of this.#records) {
      if (this.#records.size <= MAX_RESPONSES) break;
      this.#records.delete(oldest);
      if (old.itemId) this.#byItem.delete(old.itemId);
    }
    return record;
  }

  itemOpened(record: ResponseRecord, itemId: string): void {
    record.itemId = itemId;
    this.#byItem.set(itemId, record);
  }

  truncated(itemId: string, audioEndMs: number): void {
    const record = this.#byItem.get(itemId);
    if (!record) return;
    const heard = wordsOf(record)
      .filter((word) => word.endMs <= audioEndMs)
      .map((word) => word.text)
      .join(' ');
    record.truncations.push({ audioEndMs, at: Date.now(), heard });
  }

  clear(): void {
    this.#records.clear();
    this.#byItem.clear();
  }

  /** @param filter  limits to one session or one response */
  list(filter: { sessionId?: string; responseId?: string } = {}): ReportedResponse[] {
    const wanted = [...this.#records.values()].filter(
      (record) =>
        (filter.sessionId === undefined || record.sessionId === filter.sessionId) &&
        (filter.responseId === undefined || record.id === filter.responseId),
    );
    return wanted.map((record) => {
      const { sentences: _sentences, ...rest } = record;
      return {
        ...rest,
        words: wordsOf(record),
        heardWhenTruncated: record.truncations.at(-1)?.heard ?? null,
      };
    });
  }
}

function wordsOf(record: ResponseRecord): TimedWord[] {
  return record.sentences.flatMap(({ words, offsetMs }) =>
    words.map((word) => ({
      ...word,
      startMs: Math.round(offsetMs + word.startMs),
      endMs: Math.round(offsetMs + word.endMs),
    })),
  );
}
