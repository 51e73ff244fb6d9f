import type { RealtimeResponseUsage } from 'openai/resources/realtime/realtime';
import type { Entry } from './conversation.ts';
import { wordsOf } from './model.ts';
import type { Session } from './wire.ts';

/** OpenAI counts a second of user audio as 10 tokens and a second of its own as 20. */
const INPUT_TOKENS_PER_MS = 0.01;
const OUTPUT_TOKENS_PER_MS = 0.02;
const CHARACTERS_PER_TOKEN = 4;
/** Caches are counted in steps of this many tokens. */
const CACHE_STEP = 64;

export function textTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

export function outputAudioTokens(audioMs: number): number {
  return Math.round(audioMs * OUTPUT_TOKENS_PER_MS);
}

/** Tokens a response read: instructions, tools and the items before it. */
export interface InputTokens {
  text: number;
  audio: number;
}

export function inputTokens(session: Session, entries: readonly Entry[]): InputTokens {
  let text =
    textTokens(session.instructions) +
    (session.tools.length > 0 ? textTokens(JSON.stringify(session.tools)) : 0);
  let audioMs = 0;
  for (const entry of entries) {
    if (entry.audioMs > 0) audioMs += entry.audioMs;
    else if (entry.item.type === 'message') text += textTokens(wordsOf(entry));
    else if (entry.item.type === 'function_call') text += textTokens(entry.item.arguments);
    else text += textTokens(entry.item.output);
  }
  return { text, audio: Math.round(audioMs * INPUT_TOKENS_PER_MS) };
}

/** @param earlier  what the response before this one read, which is cached by now */
export function usageOf(
  input: InputTokens,
  earlier: InputTokens,
  output: { text: number; audio: number },
): RealtimeResponseUsage {
  const cachedText = Math.floor(Math.min(input.text, earlier.text) / CACHE_STEP) * CACHE_STEP;
  const cachedAudio = Math.floor(Math.min(input.audio, earlier.audio) / CACHE_STEP) * CACHE_STEP;
  return {
    total_tokens: input.text + input.audio + output.text + output.audio,
    input_tokens: input.text + input.audio,
    output_tokens: output.text + output.audio,
    input_token_details: {
      text_tokens: input.text,
      audio_tokens: input.audio,
      image_tokens: 0,
      cached_tokens: cachedText + cachedAudio,
      cached_tokens_details: { text_tokens: cachedText, audio_tokens: cachedAudio, image_tokens: 0 },
    },
    output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
  };
}
