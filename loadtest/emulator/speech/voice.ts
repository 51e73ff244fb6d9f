import { Worker } from 'node:worker_threads';
import { countedNumbers, sayNumbers } from './numbered-words.ts';
import type { SynthesisRequest, SynthesisResult, VoiceWorkerData } from './voice-worker.ts';
import { espeakVoice, type VoiceName } from './voices.ts';
import type { TimedWord } from './words.ts';

/** Bytes of 24 kHz PCM16 per millisecond. */
export const PCM_BYTES_PER_MS = 48;

/** One spoken sentence. Shared between sessions: never written to. */
export interface Clip {
  text: string;
  voice: VoiceName;
  /** Mono PCM16, 24 kHz, little endian. */
  pcm: Buffer;
  durationMs: number;
  words: readonly TimedWord[];
}

interface Job {
  key: string;
  request: SynthesisRequest;
  resolve: (clip: Clip) => void;
  reject: (error: Error) => void;
}

/** A line longer than this is spoken in pieces, so that its beginning is heard soon. */
const MAX_PIECE_CHARACTERS = 180;

/**
 * Speech synthesis in a worker thread, with a cache bounded by bytes (least recently used goes first).
 */
export class Voice {
  readonly #clips = new Map<string, Clip>();
  readonly #waiting = new Map<string, Promise<Clip>>();
  /** Lines somebody waits for; one is with the worker at a time, so that a newer one never waits for `#later`. */
  readonly #soon: Job[] = [];
  /** Lines that may be needed. */
  readonly #later: Job[] = [];
  #working: Job | undefined;
  readonly #clipFolder: string | undefined;
  readonly #maxBytes: number;
  #bytes = 0;
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  /**
   * @param clips folder that keeps what was spoken over runs; undefined: nothing does
   * @param maxBytes bound of the cache; a second of speech is 48,000 bytes (and 64,000 more once it is sent)
   */
  constructor(clips?: string, maxBytes = 64 * 1024 * 1024) {
    this.#clipFolder = clips;
    this.#maxBytes = maxBytes;
  }

  /** The clip if it has been spoken before, at once. */
  cached(text: string, voice: VoiceName, speed = 1): Clip | undefined {
    const key = keyOf(text, voice, speed);
    const clip = this.#clips.get(key);
    if (clip) {
      this.#clips.delete(key);
      this.#clips.set(key, clip);
    }
    return clip;
  }

  /** Speaks one sentence. @throws when the synthesiser fails or has been closed */
  say(text: string, voice: VoiceName, speed = 1): Promise<Clip> {
    return this.#enqueue(text, voice, speed, this.#soon);
  }

  /** Speaks one sentence when there is nothing more urgent, so that it is there when it is needed. */
  prepare(text: string, voice: VoiceName, speed = 1): void {
    // If it fails, it fails again for whoever really needs it.
    this.#enqueue(text, voice, speed, this.#later).catch(() => {});
  }

  /** Ends the worker; what was still waiting is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#failAll(new Error('the voice was closed'));
    await this.#worker?.terminate();
  }

  #enqueue(text: string, voice: VoiceName, speed: number, queue: Job[]): Promise<Clip> {
    const clip = this.cached(text, voice, speed);
    if (clip) return Promise.resolve(clip);
    const key = keyOf(text, voice, speed);
    const numbers = countedNumbers(text);
    if (numbers !== undefined) {
      const { pcm, words } = sayNumbers(numbers);
      const counted = { text, voice, pcm, durationMs: pcm.length / PCM_BYTES_PER_MS, words };
      this.#keep(key, counted);
      return Promise.resolve(counted);
    }
    const waiting = this.#waiting.get(key);
    if (waiting) {
      this.#hurry(key, queue);
      return waiting;
    }
    const promise = new Promise<Clip>((resolve, reject) => {
      const request = { id: this.#nextId++, text, voiceName: voice, voice: espeakVoice(voice, speed) };
      queue.push({ key, request, resolve, reject });
      this.#next();
    }).finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, promise);
    return promise;
  }

  /** A line being prepared that is wanted now goes to the front. */
  #hurry(key: string, queue: Job[]): void {
    const at = this.#later.findIndex((job) => job.key === key);
    if (queue !== this.#soon || at < 0) return;
    this.#soon.push(...this.#later.splice(at, 1));
  }

  #next(): void {
    if (this.#closed) {
      this.#failAll(new Error('the voice was closed'));
      return;
    }
    if (this.#working) return;
    this.#working = this.#soon.shift() ?? this.#later.shift();
    if (this.#working) this.#start().postMessage(this.#working.request);
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./voice-worker.ts', import.meta.url), {
      execArgv: [],
      workerData: { clips: this.#clipFolder } satisfies VoiceWorkerData,
    });
    worker.on('message', (result: SynthesisResult) => this.#done(result));
    worker.on('error', (error) => {
      this.#worker = undefined;
      this.#failAll(error as Error);
    });
    this.#worker = worker;
    return worker;
  }

  #done(result: SynthesisResult): void {
    const job = this.#working;
    this.#working = undefined;
    if (job && result.pcm && result.words) {
      const { text, voiceName } = job.request;
      const pcm = Buffer.from(result.pcm);
      const clip = {
        text,
        voice: voiceName,
        pcm,
        durationMs: pcm.length / PCM_BYTES_PER_MS,
        words: result.words,
      };
      this.#keep(job.key, clip);
      job.resolve(clip);
    } else {
      job?.reject(new Error(`speech synthesis failed: ${result.error}`));
    }
    this.#next();
  }

  #failAll(error: Error): void {
    const jobs = [this.#working, ...this.#soon.splice(0), ...this.#later.splice(0)];
    this.#working = undefined;
    for (const job of jobs) job?.reject(error);
  }

  #keep(key: string, clip: Clip): void {
    this.#clips.set(key, clip);
    this.#bytes += clip.pcm.length;
    for (const [oldest, old] of this.#clips) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break;
      this.#clips.delete(oldest);
      this.#bytes -= old.pcm.length;
    }
  }
}

function keyOf(text: string, voice: VoiceName, speed: number): string {
  return `${voice}|${speed}|${text}`;
}

/**
 * Cuts an answer into what is spoken in one breath. Joined with single blanks the pieces give the
 * text again (its white space collapsed).
 */
export function sentencesOf(text: string): string[] {
  const words = text.trim().split(/\s+/);
  const sentences: string[] = [];
  let current = '';
  for (const word of words) {
    current = current === '' ? word : `${current} ${word}`;
    const ends = /[.!?…]["')\]]?$/.test(word) && !/^(?:Dr|Mr|Mrs|Ms|St|No|e\.g|i\.e|etc)\.$/i.test(word);
    const tooLong = current.length > MAX_PIECE_CHARACTERS && /[,;:–—]$/.test(word);
    if ((ends && current.length > 12) || tooLong || current.length > 2 * MAX_PIECE_CHARACTERS) {
      sentences.push(current);
      current = '';
    }
  }
  if (current !== '') sentences.push(current);
  return sentences;
}
