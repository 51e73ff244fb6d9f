import { encodeG711, type G711 } from './g711.ts';
import { type Clip, PCM_BYTES_PER_MS } from './voice.ts';

/** What a session can ask speech to be sent as. */
export type OutputFormat = 'audio/pcm' | G711;

/** One audio delta, ready for the wire. */
export interface AudioDelta {
  /** `"delta":"…base64…"}`: the end of the event's JSON, the same for every session. */
  tail: Buffer;
  durationMs: number;
}

const prepared = new WeakMap<Clip, Map<string, readonly AudioDelta[]>>();

/**
 * A clip cut into deltas and encoded, once for all sessions.
 *
 * @param deltaMs  audio in each delta; the last is shorter
 */
export function audioDeltas(clip: Clip, format: OutputFormat, deltaMs: number): readonly AudioDelta[] {
  let byFormat = prepared.get(clip);
  if (!byFormat) {
    byFormat = new Map();
    prepared.set(clip, byFormat);
  }
  const key = `${format}:${deltaMs}`;
  const known = byFormat.get(key);
  if (known) return known;
  const bytes = format === 'audio/pcm' ? clip.pcm : encodeG711(clip.pcm, format);
  const bytesPerMs = format === 'audio/pcm' ? PCM_BYTES_PER_MS : 8;
  const deltas: AudioDelta[] = [];
  for (let at = 0; at < bytes.length; at += deltaMs * bytesPerMs) {
    const part = bytes.subarray(at, at + deltaMs * bytesPerMs);
    deltas.push({
      tail: Buffer.from(`"delta":"${part.toString('base64')}"}`, 'latin1'),
      durationMs: part.length / bytesPerMs,
    });
  }
  byFormat.set(key, deltas);
  return deltas;
}

/** One thing to send: a piece of transcript or of audio, at its place in the answer's audio time. */
export type Step = { atMs: number; words: string } | { atMs: number; audio: AudioDelta };

export interface DeliveryOptions {
  format: OutputFormat;
  deltaMs: number;
  /** How far the transcript of this answer runs ahead of its audio, ms. */
  leadMs: number;
  jitterMs: number;
}

/**
 * The steps of one sentence, in order of sending.
 *
 * @param offsetMs      where its audio begins in the answer
 * @param transcriptMs  no word of it may come before this place (the last word of the sentence before)
 * @param isFirst       whether its first word opens the answer (and takes no blank before it)
 */
export function stepsOf(
  clip: Clip,
  offsetMs: number,
  transcriptMs: number,
  isFirst: boolean,
  options: DeliveryOptions,
): Step[] {
  const steps: Step[] = [];
  let atMs = offsetMs;
  for (const audio of audioDeltas(clip, options.format, options.deltaMs)) {
    steps.push({ atMs, audio });
    atMs += audio.durationMs;
  }
  let wordMs = transcriptMs;
  clip.words.forEach((word, index) => {
    const lead = options.leadMs + (Math.random() * 2 - 1) * options.jitterMs;
    wordMs = Math.max(0, wordMs, offsetMs + word.startMs - lead);
    steps.push({ atMs: wordMs, words: isFirst && index === 0 ? word.text : ` ${word.text}` });
  });
  // At equal places the words go first, as on the real wire.
  return steps.sort((a, b) => a.atMs - b.atMs || Number('audio' in a) - Number('audio' in b));
}
