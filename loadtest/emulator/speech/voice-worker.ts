import { parentPort, workerData } from 'node:worker_threads';
import { ClipFiles, type SpokenClip } from './clip-files.ts';
import type { EspeakVoice } from './espeak.ts';
import { resample } from './resample.ts';
import type { VoiceName } from './voices.ts';
import { type TimedWord, timeWords } from './words.ts';

/** Rate of all speech handed out, Hz. */
const OUTPUT_RATE = 24000;
/** Below this a sample counts as silence: the synthesiser's pauses are near zero. */
const SILENCE_LEVEL = 60;
/** Kept before the first and after the last sound, so that sentences do not run into each other. */
const LEAD_IN_MS = 20;
const PAUSE_MS = 200;

/** Of the thread: where clips are kept over runs, if anywhere. */
export interface VoiceWorkerData {
  clips: string | undefined;
}

export interface SynthesisRequest {
  id: number;
  text: string;
  voiceName: VoiceName;
  voice: EspeakVoice;
}

export interface SynthesisResult {
  id: number;
  /** Mono PCM16, 24 kHz, little endian. */
  pcm?: ArrayBuffer;
  words?: TimedWord[];
  error?: string;
}

const { clips } = workerData as VoiceWorkerData;
const files = clips === undefined ? undefined : new ClipFiles(clips);

async function answer({ id, text, voice }: SynthesisRequest): Promise<void> {
  try {
    const kept = files?.read([text, voice]);
    const clip = kept ?? (await spoken(text, voice));
    if (kept === undefined) files?.write([text, voice], clip);
    const pcm = new Uint8Array(clip.pcm).buffer;
    parentPort?.postMessage({ id, pcm, words: clip.words } satisfies SynthesisResult, [pcm]);
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) } satisfies SynthesisResult);
  }
}

async function spoken(text: string, voice: EspeakVoice): Promise<SpokenClip> {
  // Loading the synthesiser takes longer than to speak a line.
  const { ESPEAK_RATE, speak } = await import('./espeak.ts');
  const utterance = await speak(text, voice);
  const perMs = ESPEAK_RATE / 1000;
  const { samples, startMs, speechMs } = trim(utterance.samples, perMs);
  const words = timeWords(
    text,
    utterance.words.map((word) => ({ at: word.at, startMs: Math.max(0, word.startMs - startMs) })),
    speechMs,
  );
  for (const word of words) word.endMs = soundEnd(samples, word, perMs);
  const { buffer, byteOffset, byteLength } = resample(samples, ESPEAK_RATE, OUTPUT_RATE);
  return { pcm: Buffer.from(buffer, byteOffset, byteLength), words };
}

/** Cuts silence from both ends, leaving a short lead-in and a sentence's pause. */
function trim(
  samples: Int16Array,
  perMs: number,
): { samples: Int16Array; startMs: number; speechMs: number } {
  let first = 0;
  while (first < samples.length && Math.abs(samples[first] ?? 0) < SILENCE_LEVEL) first++;
  let last = samples.length - 1;
  while (last > first && Math.abs(samples[last] ?? 0) < SILENCE_LEVEL) last--;
  const from = Math.max(0, first - Math.round(LEAD_IN_MS * perMs));
  const out = new Int16Array(last + 1 - from + Math.round(PAUSE_MS * perMs));
  out.set(samples.subarray(from, Math.min(samples.length, from + out.length)));
  return { samples: out, startMs: from / perMs, speechMs: (last + 1 - from) / perMs };
}

/** A pause after a word is no part of it. */
function soundEnd(samples: Int16Array, word: TimedWord, perMs: number): number {
  const from = Math.round(word.startMs * perMs);
  let at = Math.min(samples.length, Math.round(word.endMs * perMs)) - 1;
  while (at > from && Math.abs(samples[at] ?? 0) < SILENCE_LEVEL) at--;
  return at > from ? Math.round((at + 1) / perMs) : word.endMs;
}

// One at a time: each run holds a 32 MB instance.
let queue = Promise.resolve();
parentPort?.on('message', (request: SynthesisRequest) => {
  queue = queue.then(() => answer(request));
});
