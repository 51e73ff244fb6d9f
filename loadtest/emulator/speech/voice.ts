import { Worker } from 'node:worker_threads';
import type { SynthesisRequest, SynthesisResult } from './voice-worker.ts';
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

/** A line longer than this is spoken in pieces, so that its beginning is heard soon. */
const MAX_PIECE_CHARACTERS = 180;

/**
 * Speech synthesis in a worker thread, with a cache bounded by bytes (least recently used goes first).
 */
export class Voice {
  readonly #clips = new Map<string, Clip>();
  readonly #waiting = new Map<string, Promise<Clip>>();
  readonly #requests = new Map<
    number,
    { resolve: (result: SynthesisResult) => void; reject: (error: Error) => void }
  >();
  readonly #maxBytes: number;
  #bytes = 0;
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  /** @param maxBytes bound of the cache; a second of speech is 48,000 bytes (and as much again per output format) */
  constructor(maxBytes = 128 * 1024 * 1024) {
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
    const clip = this.cached(text, voice, speed);
    if (clip) return Promise.resolve(clip);
    const key = keyOf(text, voice, speed);
    const waiting = this.#waiting.get(key);
    if (waiting) return waiting;
    const promise = this.#synthesise(text, voice, speed).finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, promise);
    return promise;
  }

  /** Ends the worker; what was still waiting is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const request of this.#requests.values()) request.reject(new Error('the voice was closed'));
    this.#requests.clear();
    await this.#worker?.terminate();
  }

  async #synthesise(text: string, voice: VoiceName, speed: number): Promise<Clip> {
    const result = await this.#ask({ id: this.#nextId++, text, voice: espeakVoice(voice, speed) });
    if (!result.pcm || !result.words) throw new Error(`speech synthesis failed: ${result.error}`);
    const pcm = Buffer.from(result.pcm);
    const clip = { text, voice, pcm, durationMs: pcm.length / PCM_BYTES_PER_MS, words: result.words };
    this.#keep(keyOf(text, voice, speed), clip);
    return clip;
  }

  #ask(request: SynthesisRequest): Promise<SynthesisResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the voice was closed'));
        return;
      }
      this.#requests.set(request.id, { resolve, reject });
      this.#start().postMessage(request);
    });
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./voice-worker.ts', import.meta.url), { execArgv: [] });
    worker.on('message', (result: SynthesisResult) => {
      this.#requests.get(result.id)?.resolve(result);
      this.#requests.delete(result.id);
    });
    worker.on('error', (error) => {
      for (const request of this.#requests.values()) request.reject(error as Error);
      this.#requests.clear();
      this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
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
